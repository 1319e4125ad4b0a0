/** PostgreSQL cannot be had here; the message says why and what to do about it. */
export class PostgresUnavailable extends Error {
  override readonly name = 'PostgresUnavailable';
}

export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What the file system refused, in words a person can act on. */
export function explainFileTrouble(error: unknown, path: string): PostgresUnavailable {
  const reasons: Readonly<Record<string, string>> = {
    ENOSPC: `The disk that holds ${path} is full. Free some space and start again.`,
    EDQUOT: `The disk quota for ${path} is used up. Free some space and start again.`,
    EACCES: `No permission to write in ${path}. Make it writable, or choose another folder with COUNTERSIGN_DATA_DIR.`,
    EPERM: `No permission to write in ${path}. Make it writable, or choose another folder with COUNTERSIGN_DATA_DIR.`,
    EROFS: `${path} is on a read-only disk. Choose another folder with COUNTERSIGN_DATA_DIR.`,
    ENOTDIR: `${path} is not a folder. Move the file away, or choose another folder with COUNTERSIGN_DATA_DIR.`,
  };
  const message = reasons[errorCode(error) ?? ''] ?? `Cannot use ${path}: ${String(error)}`;
  return new PostgresUnavailable(message, { cause: error });
}
