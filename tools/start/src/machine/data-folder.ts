import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { StopWithMessage } from '../stop-with-message';
import { formatIdentity, identify, isRunning, parseIdentity } from './process-identity';

/** The folder that holds everything `npm start` keeps, taken by one start at a time. */
export interface DataFolder {
  readonly path: string;
  release(): void;
}

const FREE_BYTES_MIN = 200_000_000;

export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  try {
    makePassable(folder);
  } catch (error) {
    throw new StopWithMessage(
      `The data folder ${folder} cannot be made or written: ${reasonOf(error)}. ` +
        'Choose another one with COUNTERSIGN_DATA_DIR.',
    );
  }
  refuseFullDisk(folder);
  return { path: folder, release: takeLock(join(folder, 'start.lock'), folder) };
}

/**
 * For root alone others may pass through, because PostgreSQL runs as another user; what is secret
 * below has a mode of its own.
 */
function makePassable(folder: string): void {
  const isRoot = process.getuid?.() === 0;
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, isRoot ? 0o711 : 0o700);
  writeFileSync(join(folder, '.write-test'), '');
  rmSync(join(folder, '.write-test'));
}

function refuseFullDisk(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= FREE_BYTES_MIN) return;
  throw new StopWithMessage(
    `Only ${Math.floor(free / 1_000_000)} MB are free where ${folder} lies, and PostgreSQL needs ` +
      `${FREE_BYTES_MIN / 1_000_000} MB to begin with. Free some space, or choose another folder with COUNTERSIGN_DATA_DIR.`,
  );
}

function takeLock(file: string, folder: string): () => void {
  // Written beside it and then linked, so that nobody ever reads half a lock.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${formatIdentity(identify(process.pid))}\n`, { mode: 0o600 });
  try {
    linkWhenFree(own, file, folder);
  } finally {
    rmSync(own, { force: true });
  }
  return () => {
    rmSync(file, { force: true });
  };
}

function linkWhenFree(own: string, file: string, folder: string): void {
  for (;;) {
    try {
      linkSync(own, file);
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const holder = parseIdentity(readFileSync(file, 'utf8'));
    if (holder !== null && isRunning(holder)) {
      throw new StopWithMessage(
        `Countersign is already running with the data in ${folder} (pid ${holder.pid}). ` +
          `Stop that one (Ctrl-C there, or \`kill ${holder.pid}\`), or give this one another folder with COUNTERSIGN_DATA_DIR.`,
      );
    }
    rmSync(file, { force: true }); // its holder was killed
  }
}

function reasonOf(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'there is no permission',
    EPERM: 'there is no permission',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full',
    EEXIST: 'a file of that name is in the way',
    ENOTDIR: 'a file is in the way',
  };
  return reasons[codeOf(error) ?? ''] ?? String(error);
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return String(error.code);
}
