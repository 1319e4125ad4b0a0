import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { findBinaries, type Binaries } from './binaries';
import { errorCode, explainFileTrouble, PostgresUnavailable } from './errors';
import { findFreePort } from './free-port';
import { initCluster, SUPERUSER } from './init-cluster';
import {
  findLivePostmaster,
  isAlive,
  readLockFile,
  stopPostmaster,
  type Postmaster,
  type StopPatience,
} from './postmaster';
import { prepareFolder } from './reachable-folder';
import { clusterIn, runAs, serverUser, type ServerUser } from './server-user';
import { waitUntil } from './wait-until';

export interface PostgresOptions {
  /** Where the database lies; becomes a link when the server's user cannot enter it. */
  readonly dataDir: string;
  /** One line for a person about something unusual. */
  readonly log?: (line: string) => void;
  /** PostgreSQL settings on top of ours, such as `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Taken when it is free; without it the port of last time, or any. */
  readonly port?: number;
  /** False for data that need not survive the machine: nothing is flushed to disk while it is made. */
  readonly durable?: boolean;
  /** Of a new cluster; 16 by default. Small ones let a test reach the end of one. */
  readonly walSegmentMb?: number;
}

export interface PostgresServer {
  /** The superuser's connection to the `postgres` database. Holds the password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** True when a server that an earlier process left behind was taken over. */
  readonly adopted: boolean;
  /** Resolves when the server is gone, whoever ended it. */
  readonly exited: Promise<void>;
  urlFor(database: string): string;
  /** Fast shutdown within a bound; `immediately` gives it no time to tidy up. */
  close(how?: { readonly immediately?: boolean }): Promise<void>;
}

const INVALID_PASSWORD = '28P01';
const START_TRIES = 10;
const ANSWERS_WITHIN_MS = 15_000;
const READY_WITHIN_MS = 120_000;
const SHUTDOWN: StopPatience = { fastMs: 15_000, immediateMs: 5_000 };
const AT_ONCE: StopPatience = { fastMs: 0, immediateMs: 5_000 };
const LOG_BYTES_MAX = 10_000_000;

/** PostgreSQL on 127.0.0.1 with its data in a folder; takes over one that still runs there. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const log = options.log ?? (() => undefined);
  const asked = resolve(options.dataDir);
  const user = serverUser(clusterIn(asked));
  const home = prepareFolder(asked, user);
  const binaries = findBinaries(user);
  const cluster = clusterIn(home);

  const password = await initCluster(home, binaries, user, {
    durable: options.durable ?? true,
    walSegmentMb: options.walSegmentMb,
  });
  refuseOtherVersion(cluster, binaries);
  const live = findLivePostmaster(cluster);
  if (live !== null) {
    const port = await takeOver(cluster, password, live);
    if (port !== null) {
      log(`took over the PostgreSQL that was still running (pid ${live.pid})`);
      return createServer({ cluster, password, pid: live.pid, port, child: null });
    }
    log(`ending a PostgreSQL that no longer answers (pid ${live.pid})`);
    await stopPostmaster(cluster, live.pid, SHUTDOWN);
  }
  const started = await launch({ home, binaries, user, password, options });
  return createServer({ cluster, password, ...started });
}

async function takeOver(
  cluster: string,
  password: string,
  { pid, port }: Postmaster,
): Promise<number | null> {
  if (port === null) return null;
  const url = connectionUrl(password, port, 'postgres');
  const isReady = (): boolean => readLockFile(cluster)?.status === 'ready' || !isAlive(pid);
  await waitUntil(isReady, READY_WITHIN_MS);
  return (await ask(url, cluster)) === 'ours' ? port : null;
}

interface Launch {
  readonly home: string;
  readonly binaries: Binaries;
  readonly user: ServerUser;
  readonly password: string;
  readonly options: PostgresOptions;
}

interface Launched {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
}

async function launch(how: Launch): Promise<Launched> {
  let preferred = how.options.port ?? lastPort(how.home);
  let said = '';
  for (let attempt = 0; attempt < START_TRIES; attempt += 1) {
    const port = await findFreePort(preferred);
    const started = await launchOn(port, how);
    if ('child' in started) {
      writeFileSync(join(how.home, 'port'), `${port}\n`);
      return started;
    }
    said = started.said;
    if (said.includes('No space left on device')) {
      throw explainFileTrouble({ code: 'ENOSPC' }, how.home);
    }
    if (/could not bind|Address already in use/.test(said)) {
      preferred = undefined; // somebody took it between our look and the server's
    } else if (/shared memory block.*still in use|postmaster\.pid.*already exists/.test(said)) {
      // Remains of a server that was killed; they end by themselves within seconds.
      await waitUntil(() => findLivePostmaster(clusterIn(how.home)) !== null, 500);
    } else break;
  }
  throw new PostgresUnavailable(
    `PostgreSQL does not start in ${how.home}. Its last words:\n${said.trim()}`,
  );
}

async function launchOn(
  port: number,
  { home, binaries, user, password, options }: Launch,
): Promise<Launched | { readonly said: string }> {
  const cluster = clusterIn(home);
  const logFile = join(home, 'server.log');
  keepSmall(logFile);
  const output = openSync(logFile, 'a', 0o600);
  const saidBefore = statSync(logFile).size;
  const child = spawn(binaries.postgres, serverArguments(cluster, port, options.settings), {
    ...runAs(user, home),
    detached: true, // a Ctrl-C in the terminal is for the one who started us
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const isReady = (): boolean => {
    const lock = readLockFile(cluster);
    return lock !== null && lock.pid === child.pid && lock.status === 'ready';
  };
  const { pid } = child;
  if (pid !== undefined) {
    await waitUntil(() => hasEnded() || isReady(), READY_WITHIN_MS);
    const url = connectionUrl(password, port, 'postgres');
    const answer = hasEnded() ? 'silence' : await ask(url, cluster);
    if (answer === 'ours') return { child, pid, port };
    if (!hasEnded()) await stopPostmaster(cluster, pid, SHUTDOWN);
    if (answer === 'wrong password') {
      throw new PostgresUnavailable(
        `The database in ${home} does not take the password in ${join(home, 'password')}. ` +
          'Put the right one there, or remove the folder to begin with an empty database.',
      );
    }
  }
  await ended;
  return { said: readFileSync(logFile).subarray(saidBefore).toString('utf8').slice(-2_000) };
}

function serverArguments(
  cluster: string,
  port: number,
  settings: Readonly<Record<string, string>> = {},
): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    // Refused statements are the application's to tell; this file is for the server's own troubles.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    ...settings,
  };
  const given = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', cluster, '-p', String(port), ...given];
}

function createServer(server: {
  readonly cluster: string;
  readonly password: string;
  readonly pid: number;
  readonly port: number;
  readonly child: ChildProcess | null;
}): PostgresServer {
  const { cluster, password, pid, port, child } = server;
  const exited = child === null ? untilGone(pid) : untilExit(child);
  const lastResort = (): void => {
    if (isAlive(pid)) process.kill(pid, 'SIGINT');
  };
  process.once('exit', lastResort);
  void exited.then(() => process.off('exit', lastResort));
  return {
    url: connectionUrl(password, port, 'postgres'),
    port,
    pid,
    adopted: child === null,
    exited,
    urlFor: (database) => connectionUrl(password, port, database),
    close: async ({ immediately = false } = {}) => {
      await stopPostmaster(cluster, pid, immediately ? AT_ONCE : SHUTDOWN);
      await exited;
    },
  };
}

function untilExit(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
}

/** A process that is not our child has to be watched. */
function untilGone(pid: number): Promise<void> {
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      if (isAlive(pid)) return;
      clearInterval(watch);
      resolve();
    }, 200);
  });
}

type Answer = 'ours' | 'wrong password' | 'another' | 'silence';

/**
 * Whether the server behind the URL is this cluster's, and takes our password. On a busy machine, or
 * while everybody comes back to it at once, it may be late with its answer.
 */
async function ask(url: string, cluster: string): Promise<Answer> {
  let answer: Answer = 'silence';
  const isAnswered = async (): Promise<boolean> => {
    answer = await askOnce(url, cluster);
    return answer !== 'silence';
  };
  await waitUntil(isAnswered, ANSWERS_WITHIN_MS);
  return answer;
}

async function askOnce(url: string, cluster: string): Promise<Answer> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // the query below fails as well
  try {
    await client.connect();
    const answer = await client.query<{ data_directory: string }>('show data_directory');
    return answer.rows[0]?.data_directory === cluster ? 'ours' : 'another';
  } catch (error) {
    return errorCode(error) === INVALID_PASSWORD ? 'wrong password' : 'silence';
  } finally {
    await client.end().catch(() => undefined);
  }
}

function connectionUrl(password: string, port: number, database: string): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

function refuseOtherVersion(cluster: string, binaries: Binaries): void {
  const has = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  const is = binaries.majorVersion;
  if (has === is) return;
  throw new PostgresUnavailable(
    `The database in ${cluster} was made by PostgreSQL ${has}, and this is ${is}. ` +
      'Move the folder away to begin anew, or set DATABASE_URL to a server of that version.',
  );
}

function lastPort(home: string): number | undefined {
  try {
    const port = Number(readFileSync(join(home, 'port'), 'utf8'));
    return Number.isInteger(port) && port > 0 ? port : undefined;
  } catch {
    return undefined; // the first start
  }
}

function keepSmall(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
}
