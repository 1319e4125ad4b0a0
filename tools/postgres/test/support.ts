import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { removeFolder } from '../src/reachable-folder';
import { startPostgres } from '../src/start-postgres';

/** Folders with an initialized cluster, each of one test's own; one initdb serves them all. */
export interface ClusterFolders {
  fresh(): string;
  /** The name of a folder still to be made, below one that only its owner can enter. */
  unmadeInPrivate(): string;
  remove(): void;
}

export async function makeClusterFolders(): Promise<ClusterFolders> {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'countersign-launcher-'));
  chmodSync(root, 0o711);
  const model = join(root, 'model');
  const server = await startPostgres({ dataDir: model, durable: false });
  await server.close();
  const made: string[] = [];
  return {
    fresh: () => {
      const folder = join(mkdtempSync(join(root, 'test-')), 'postgres');
      chmodSync(dirname(folder), 0o711);
      execFileSync('cp', ['-a', model, folder]);
      made.push(folder);
      return folder;
    },
    unmadeInPrivate: () => {
      const folder = join(mkdtempSync(join(root, 'private-')), 'postgres');
      made.push(folder);
      return folder;
    },
    remove: () => {
      [...made, root].forEach(removeFolder);
    },
  };
}

/** Runs `start-and-wait.cjs`; resolves with what it started. */
export async function startInAnotherProcess(
  ...args: readonly string[]
): Promise<{ readonly parent: ChildProcess; readonly serverPid: number; readonly url: string }> {
  const parent = spawn(process.execPath, [join(__dirname, 'start-and-wait.cjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]; // what `data` of a pipe carries
  const [pid = '', url = ''] = line.toString().trim().split(' ');
  return { parent, serverPid: Number(pid), url };
}

export async function query(
  url: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
