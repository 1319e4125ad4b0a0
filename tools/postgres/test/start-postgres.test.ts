import { once } from 'node:events';
import { lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isAlive } from '../src/postmaster';
import { startPostgres, type PostgresServer } from '../src/start-postgres';
import { waitUntil } from '../src/wait-until';
import { makeClusterFolders, query, startInAnotherProcess, type ClusterFolders } from './support';

jest.setTimeout(60_000);

let folders: ClusterFolders;
const running: PostgresServer[] = [];

beforeAll(async () => {
  folders = await makeClusterFolders();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ immediately: true })));
});
afterAll(() => {
  folders.remove();
});

async function start(dataDir: string): Promise<PostgresServer> {
  const server = await startPostgres({ dataDir, durable: false });
  running.push(server);
  return server;
}

test('lets nobody in without the password', async () => {
  const { port } = await start(folders.fresh());

  const guessing = query(`postgresql://postgres:guess@127.0.0.1:${port}/postgres`, 'select 1');

  await expect(guessing).rejects.toThrow(/password authentication failed/);
});

test('refuses the cluster of another version and says what to do', async () => {
  const dataDir = folders.fresh();
  writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '12\n');

  await expect(start(dataDir)).rejects.toThrow(/made by PostgreSQL 12.*DATABASE_URL/s);
});

test('refuses data that does not take the password beside it', async () => {
  const dataDir = folders.fresh();
  writeFileSync(join(dataDir, 'password'), 'another\n');

  await expect(start(dataDir)).rejects.toThrow(/does not take the password/);
});

test('says what is wrong with a data folder that is a file', async () => {
  const parent = folders.fresh();
  const file = join(parent, 'password');

  await expect(start(join(file, 'postgres'))).rejects.toThrow(/is not a folder.*COUNTERSIGN_DATA/);
});

test('listens on the loopback address alone, in UTF-8 and the C locale', async () => {
  const server = await start(folders.fresh());

  const [row] = await query(
    server.url,
    `select current_setting('listen_addresses') as addresses,
            current_setting('unix_socket_directories') as sockets,
            current_setting('server_encoding') as encoding,
            datcollate as collation from pg_database where datname = 'postgres'`,
  );

  expect(row).toEqual({ addresses: '127.0.0.1', sockets: '', encoding: 'UTF8', collation: 'C' });
  expect(server.port).toBeLessThan(32_768);
});

test('keeps its password from other users, and never runs as root', async () => {
  const dataDir = folders.fresh();

  await start(dataDir);

  expect(statSync(join(dataDir, 'password')).mode & 0o077).toBe(0);
  expect(statSync(join(dataDir, 'cluster', 'postmaster.pid')).uid).not.toBe(0);
});

test('keeps data and port from one start to the next', async () => {
  const dataDir = folders.fresh();
  const first = await start(dataDir);
  await query(first.url, 'create table kept as select 42 as answer');
  await first.close();

  const second = await start(dataDir);

  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  expect(second.url).toBe(first.url);
});

test('takes another port when its own is taken', async () => {
  const dataDir = folders.fresh();
  const first = await start(dataDir);
  await first.close();
  const thief = createServer().listen(first.port, '127.0.0.1');
  await once(thief, 'listening');

  const second = await start(dataDir);

  expect(second.port).not.toBe(first.port);
  thief.close();
});

test('works below a folder that only its owner can enter, which then points to the data', async () => {
  const dataDir = folders.unmadeInPrivate();

  const server = await start(dataDir);

  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(readFileSync(join(dataDir, 'cluster', 'PG_VERSION'), 'utf8')).toBe('18\n');
  const isRoot = process.getuid?.() === 0;
  expect(lstatSync(dataDir).isSymbolicLink()).toBe(isRoot);
  await server.close();
  expect((await start(dataDir)).adopted).toBe(false);
});

test('takes over the server whose parent was killed, and stops it at the end', async () => {
  const dataDir = folders.fresh();
  const { parent, serverPid } = await startInAnotherProcess('lasting', dataDir);
  const gone = once(parent, 'exit');
  parent.kill('SIGKILL');
  await gone;

  const server = await start(dataDir);

  expect(server).toMatchObject({ adopted: true, pid: serverPid });
  await server.close();
  expect(isAlive(serverPid)).toBe(false);
});

test('starts again after its server was killed', async () => {
  const dataDir = folders.fresh();
  const first = await start(dataDir);
  process.kill(first.pid, 'SIGKILL');
  await first.exited;

  const second = await start(dataDir);

  expect(second.pid).not.toBe(first.pid);
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test.each([
  ['whose number now belongs to another program', `${process.pid}`],
  ['that is empty', ''],
  ['full of rubbish', 'rubbish\n\n\n'],
])('removes a lock file %s', async (_, text) => {
  const dataDir = folders.fresh();
  writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), text);

  const server = await start(dataDir);

  expect(server.adopted).toBe(false);
  expect(isAlive(process.pid)).toBe(true);
});

test('a throwaway server and its folder go away with the process that started them', async () => {
  const { parent, serverPid, url } = await startInAnotherProcess('throwaway');
  const [row] = await query(url, 'show data_directory');
  const dataDir = String(row?.['data_directory']);
  parent.kill('SIGKILL');

  expect(await waitUntil(() => !isAlive(serverPid), 10_000)).toBe(true);
  expect(
    await waitUntil(() => statSync(dataDir, { throwIfNoEntry: false }) === undefined, 10_000),
  ).toBe(true);
});
