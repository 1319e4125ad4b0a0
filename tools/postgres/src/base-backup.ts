import { chown, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, escapeLiteral } from 'pg';
import { errorCode } from './errors';
import { prepareFolder } from './reachable-folder';
import { clusterIn, serverUser, type ServerUser } from './server-user';

export interface BaseBackup {
  /** A server that runs. Its folder lies on this machine. */
  readonly primaryUrl: string;
  /** Where the copy goes, beside a password file as `startPostgres` wants it. */
  readonly dataDir: string;
  /** Of the replication slot, and what the copy calls itself towards its primary. */
  readonly name: string;
}

/** What belongs to the running server alone, or is made anew from the log. */
const LEFT_OUT = /^(?:postmaster\.(?:pid|opts)|pgsql_tmp.*|pg_internal\.init.*)$/;
const EMPTIED = [
  ...['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots'],
  ...['pg_stat_tmp', 'pg_subtrans'],
];

/**
 * Copies a server while it runs, as pg_basebackup does with `--write-recovery-conf` and a slot: the
 * copy will start as its standby. That program does not come with the npm package of PostgreSQL.
 */
export async function takeBaseBackup({ primaryUrl, dataDir, name }: BaseBackup): Promise<void> {
  const client = new Client({ connectionString: primaryUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // the query that needs it fails as well
  await client.connect();
  try {
    const shown = await client.query<{ data_directory: string }>('show data_directory');
    const source = shown.rows[0]?.data_directory ?? '';
    const user = serverUser(source);
    const home = prepareFolder(dataDir, user);
    const target = clusterIn(home);

    // From here on the primary keeps its log until the copy has it.
    await client.query('select pg_create_physical_replication_slot($1, true)', [name]);
    await client.query('select pg_backup_start($1, fast => true)', [name]);
    await copyFolder(source, target, user, EMPTIED);
    const stopped = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => false)',
    );

    const write = (path: string, text: string): Promise<void> => writeAs(path, text, user);
    await write(join(target, 'backup_label'), stopped.rows[0]?.labelfile ?? '');
    await write(join(target, 'standby.signal'), '');
    await write(join(target, 'postgresql.auto.conf'), recoverySettings(primaryUrl, name));
    await write(join(home, 'password'), `${decodeURIComponent(new URL(primaryUrl).password)}\n`);
  } finally {
    await client.end();
  }
}

function recoverySettings(primaryUrl: string, name: string): string {
  const url = new URL(primaryUrl);
  url.pathname = '';
  url.searchParams.set('application_name', name);
  return [
    `primary_conninfo = ${escapeLiteral(url.href)}`,
    `primary_slot_name = ${escapeLiteral(name)}`,
    '',
  ].join('\n');
}

async function copyFolder(
  source: string,
  target: string,
  user: ServerUser,
  emptied: readonly string[] = [],
): Promise<void> {
  await mkdirAs(target, user);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (LEFT_OUT.test(entry.name)) continue;
    if (entry.isFile()) await copyUnlessGone(from, to, user);
    else if (emptied.includes(entry.name)) await mkdirAs(to, user);
    else if (entry.isDirectory()) await copyFolder(from, to, user);
  }
}

/** A table may be dropped meanwhile; the log says so too. */
async function copyUnlessGone(from: string, to: string, user: ServerUser): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  await own(to, user);
}

async function writeAs(path: string, text: string, user: ServerUser): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await own(path, user);
}

async function mkdirAs(path: string, user: ServerUser): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await own(path, user);
}

async function own(path: string, user: ServerUser): Promise<void> {
  if (user.isAnother) await chown(path, user.uid, user.gid);
}
