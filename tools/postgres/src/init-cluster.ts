import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries';
import { explainFileTrouble, PostgresUnavailable } from './errors';
import { clusterIn, runAs, type ServerUser } from './server-user';

export const SUPERUSER = 'postgres';

export interface NewCluster {
  readonly durable: boolean;
  readonly walSegmentMb?: number | undefined;
}

/** Makes the cluster and its password, unless both are there; answers the password. */
export async function initCluster(
  home: string,
  binaries: Binaries,
  user: ServerUser,
  how: NewCluster,
): Promise<string> {
  const cluster = clusterIn(home);
  const passwordFile = join(home, 'password');
  if (existsSync(join(cluster, 'PG_VERSION'))) return readPassword(passwordFile);

  try {
    // initdb works beside the final name, so that a start cut short leaves no half cluster behind.
    const half = join(home, 'cluster.new');
    rmSync(half, { recursive: true, force: true });
    const password = randomBytes(24).toString('base64url');
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    chmodSync(passwordFile, 0o600);
    if (user.isAnother) chownSync(passwordFile, user.uid, user.gid);
    await runInitdb(half, passwordFile, home, binaries, user, how);
    renameSync(half, cluster);
    return password;
  } catch (error) {
    throw error instanceof PostgresUnavailable ? error : explainFileTrouble(error, home);
  }
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new PostgresUnavailable(
      `The database is there, but its password file ${file} cannot be read. ` +
        'Put it back, or remove the folder to begin with an empty database.',
      { cause: error },
    );
  }
}

function runInitdb(
  cluster: string,
  passwordFile: string,
  home: string,
  binaries: Binaries,
  user: ServerUser,
  { durable, walSegmentMb }: NewCluster,
): Promise<void> {
  const args = [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=libc',
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
    ...(walSegmentMb === undefined ? [] : [`--wal-segsize=${walSegmentMb}`]),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, args, {
      ...runAs(user, home),
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else if (said.includes('No space left')) {
        reject(explainFileTrouble({ code: 'ENOSPC' }, home));
      } else {
        reject(
          new PostgresUnavailable(
            `A new database could not be made in ${home} (initdb: ${code ?? signal ?? 'no exit code'}):\n${said.trim()}`,
          ),
        );
      }
    });
  });
}
