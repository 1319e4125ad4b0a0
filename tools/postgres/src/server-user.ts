import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { PostgresUnavailable } from './errors';

/** Who the server runs as: PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
  /** Set when we are root and have to become somebody else. */
  readonly isAnother: boolean;
}

/**
 * Ourselves; for root whoever owns an existing cluster, else `postgres`, else `nobody`, because
 * initdb wants a user with a name.
 */
export function serverUser(clusterDir: string): ServerUser {
  const { uid, gid } = userInfo();
  const owner = ownerOf(clusterDir);
  if (uid !== 0) {
    if (owner !== undefined && owner.uid !== uid) {
      throw new PostgresUnavailable(
        `The database in ${clusterDir} belongs to user ${owner.uid}, and this is user ${uid}. ` +
          'Start as the user who made it (root, when root did), or choose another folder with COUNTERSIGN_DATA_DIR.',
      );
    }
    return { uid, gid, isAnother: false };
  }
  if (owner !== undefined && owner.uid !== 0) {
    return { uid: owner.uid, gid: owner.gid, isAnother: true };
  }
  for (const name of ['postgres', 'nobody']) {
    const found = lookUp(name);
    if (found !== null) return { ...found, isAnother: true };
  }
  throw new PostgresUnavailable(
    'PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`. ' +
      'Start as a normal user, or set DATABASE_URL to a server of your own.',
  );
}

/** The options of `spawn` that make a program run as that user, in a folder it can enter. */
export function runAs(
  user: ServerUser,
  home: string,
): {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
} {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: home, LC_ALL: 'C', TZ: 'UTC' };
  return user.isAnother ? { cwd: home, env, uid: user.uid, gid: user.gid } : { cwd: home, env };
}

/** Asked of the system itself, by trying: mode bits alone do not know about access lists. */
export function canEnter(user: ServerUser, dir: string): boolean {
  if (!user.isAnother) return true;
  const tried = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', dir], {
    ...runAs(user, '/'),
    stdio: 'ignore',
  });
  if (tried.error !== undefined) {
    throw new PostgresUnavailable(
      `Root is not allowed to start a program as user ${user.uid} here (${tried.error.message}). ` +
        'Start as a normal user, or set DATABASE_URL to a server of your own.',
      { cause: tried.error },
    );
  }
  return tried.status === 0;
}

function ownerOf(dir: string): { readonly uid: number; readonly gid: number } | undefined {
  try {
    return statSync(dir, { throwIfNoEntry: false });
  } catch {
    return undefined; // unreachable: whoever makes the folder finds out why, and says so
  }
}

function lookUp(name: string): { uid: number; gid: number } | null {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const asked = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return asked.status === 0 ? Number(asked.stdout.trim()) : null;
  });
  if (uid === undefined || uid === null || gid === undefined || gid === null) return null;
  return uid === 0 ? null : { uid, gid };
}

/** Where the cluster lies inside the folder that was asked for. */
export function clusterIn(dataDir: string): string {
  return join(dataDir, 'cluster');
}
