import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from './reachable-folder';
import { scratchFolder } from './scratch-folder';
import { startPostgres, type PostgresOptions, type PostgresServer } from './start-postgres';

/** Nothing here must survive a crash of the machine, so nothing waits for a disk. */
const FAST_AND_LOOSE = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
  shared_buffers: '128MB',
};

/** What it writes may lie in memory, and goes with its folder. */
const SPARING = { max_wal_size: '256MB', dynamic_shared_memory_type: 'mmap' };

/**
 * A server for one run of tests. It is stopped and its folder removed by `close`, and also when
 * this process is killed.
 */
export async function startThrowawayPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const cluster = makeThrowawayCluster(settings);
  try {
    const server = await cluster.start();
    return { ...server, close: () => cluster.close() };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** A server's data for one run of tests, in which one server after the other can be killed. */
export interface ThrowawayCluster {
  readonly dataDir: string;
  /** Starts the server; the next one takes the port of the last one. */
  start(): Promise<PostgresServer>;
  /** Stops what runs, and removes everything. */
  close(): Promise<void>;
}

export function makeThrowawayCluster(
  settings: Readonly<Record<string, string>> = {},
  { walSegmentMb }: Pick<PostgresOptions, 'walSegmentMb'> = {},
): ThrowawayCluster {
  // What is to wait for a disk needs one.
  const isOnDisk = settings['fsync'] === 'on';
  const place = isOnDisk ? realpathSync(tmpdir()) : scratchFolder();
  const folder = mkdtempSync(join(place, 'countersign-test-'));
  chmodSync(folder, 0o711); // the server's user passes through, and sees nothing else
  const dataDir = join(folder, 'postgres');
  let last: PostgresServer | undefined;
  let endWatch = (): void => undefined;
  return {
    dataDir,
    start: async () => {
      const server = await startPostgres({
        dataDir,
        settings: { ...FAST_AND_LOOSE, ...(isOnDisk ? {} : SPARING), ...settings },
        durable: false,
        ...(last === undefined ? {} : { port: last.port }),
        ...(walSegmentMb === undefined ? {} : { walSegmentMb }),
      });
      endWatch();
      endWatch = watchOver(server.pid, folder);
      last = server;
      return server;
    },
    close: async () => {
      await last?.close({ immediately: true });
      endWatch();
      removeThrowaway(folder);
    },
  };
}

function removeThrowaway(folder: string): void {
  removeFolder(join(folder, 'postgres'));
  removeFolder(folder);
}

/**
 * A shell that waits for our end of a pipe to close, which happens however we end, and then stops
 * the server. Told otherwise before, it does nothing.
 */
function watchOver(pid: number, folder: string): () => void {
  const script = `
    trap '' INT HUP TERM
    if read -r told && [ "$told" = over ]; then exit 0; fi
    kill -QUIT "$1" 2>/dev/null
    tries=0
    while kill -0 "$1" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
    target=$(readlink -- "$2/postgres") && [ -f "$target/pointed-to-by" ] && rm -rf -- "$target"
    rm -rf -- "$2"`;
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  watcher.unref();
  watcher.stdin.on('error', () => undefined); // it is gone, and so is the need for it
  if (watcher.stdin instanceof Socket) watcher.stdin.unref();
  return () => {
    watcher.stdin.end('over\n');
  };
}
