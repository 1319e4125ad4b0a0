import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { explainFileTrouble, PostgresUnavailable } from './errors';
import { canEnter, type ServerUser } from './server-user';

const OWNER_NOTE = 'pointed-to-by';

/**
 * Makes the folder that holds a cluster, owned by the server's user. Where that user cannot enter
 * it (root under a private home), the folder lies elsewhere and `dataDir` is a link to it.
 */
export function prepareFolder(dataDir: string, user: ServerUser): string {
  try {
    return prepare(resolve(dataDir), user);
  } catch (error) {
    throw error instanceof PostgresUnavailable ? error : explainFileTrouble(error, dataDir);
  }
}

function prepare(dataDir: string, user: ServerUser): string {
  const entry = lstatSync(dataDir, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink() === true) {
    const target = resolve(dirname(dataDir), readlinkSync(dataDir));
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined && canEnter(user, target)) {
      return realpathSync(target);
    }
    rmSync(dataDir); // it points at nothing, or where this user cannot go
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  const real = realpathSync(dataDir);
  if (!user.isAnother) {
    chmodSync(real, 0o700);
    return real;
  }
  chmodSync(real, 0o711);
  if (canEnter(user, real)) {
    chownSync(real, user.uid, user.gid);
    chmodSync(real, 0o700);
    return real;
  }
  return prepareElsewhere(real, user);
}

function prepareElsewhere(dataDir: string, user: ServerUser): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const target = join(sharedFolder(user), name);
  // Whoever deletes the data folder means its database too: what an earlier link left is stale.
  if (readNote(target) === dataDir) rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { mode: 0o700 });
  writeFileSync(join(target, OWNER_NOTE), `${dataDir}\n`, { mode: 0o644 });
  chownSync(target, user.uid, user.gid);
  rmSync(dataDir, { recursive: true });
  symlinkSync(target, dataDir);
  return target;
}

/** A folder of root's that everybody can enter and only root can write. */
export function sharedFolder(user: ServerUser): string {
  for (const parent of ['/var/lib', '/usr/local/var', tmpdir()]) {
    const folder = join(parent, 'countersign-postgres');
    try {
      mkdirSync(folder, { mode: 0o755 });
      chmodSync(folder, 0o755);
    } catch {
      // It exists, or cannot be made; the check below tells which.
    }
    const made = lstatSync(folder, { throwIfNoEntry: false });
    if (made?.isDirectory() === true && made.uid === 0 && canEnter(user, folder)) return folder;
  }
  throw new PostgresUnavailable(
    'The unprivileged user that runs PostgreSQL can enter neither this repository nor /var/lib. ' +
      'Set COUNTERSIGN_DATA_DIR to a folder it can enter, start as a normal user, or set DATABASE_URL.',
  );
}

/** Removes a throwaway folder, and what it points to when that was made for it. */
export function removeFolder(dataDir: string): void {
  const path = resolve(dataDir);
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink() === true) {
    const target = resolve(dirname(path), readlinkSync(path));
    if (readNote(target) !== null) rmSync(target, { recursive: true, force: true });
  }
  rmSync(path, { recursive: true, force: true });
}

function readNote(folder: string): string | null {
  try {
    return readFileSync(join(folder, OWNER_NOTE), 'utf8').trim();
  } catch {
    return null; // no such folder, or none of ours
  }
}
