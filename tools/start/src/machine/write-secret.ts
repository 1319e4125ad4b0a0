import { renameSync, writeFileSync } from 'node:fs';

/** Replaces a file that only its owner may read; a reader sees the old text or the new, whole. */
export function writeSecret(file: string, text: string): void {
  const half = `${file}.${process.pid}`;
  writeFileSync(half, text, { mode: 0o600 });
  renameSync(half, file);
}
