import { crashPostgres } from '../src/crash-postgres';
import { onServer } from '../src/databases';
import { makeStandby, REPLICATING, type StandbyCluster, type StandbyServer } from '../src/standby';
import type { PostgresServer } from '../src/start-postgres';
import { startThrowawayPostgres } from '../src/throwaway-postgres';
import { query } from './support';

jest.setTimeout(60_000);

let primary: PostgresServer;
let cluster: StandbyCluster;
let standby: StandbyServer;

beforeAll(async () => {
  primary = await startThrowawayPostgres(REPLICATING);
  await query(primary.url, 'create table notes (text text)');
  cluster = await makeStandby(primary);
  standby = await cluster.start();
});
afterAll(async () => {
  await cluster.close();
  await primary.close();
});

const write = (text: string) => query(primary.url, `insert into notes values ('${text}')`);
const seen = async (url = standby.url) =>
  (await query(url, 'select text from notes order by text')).map(({ text }) => text);

test('a standby follows its primary, and refuses writes', async () => {
  await write('a');
  await standby.caughtUp();

  expect(await seen()).toEqual(['a']);
  await expect(query(standby.url, `insert into notes values ('x')`)).rejects.toThrow(/read-only/);
});

test('what is committed while the replay is paused cannot be seen, and then can', async () => {
  await standby.pauseReplay();
  await write('b');
  expect(await standby.lagBytes()).toBeGreaterThan(0);
  expect(await seen()).toEqual(['a']);

  await standby.resumeReplay();
  await standby.caughtUp();

  expect(await seen()).toEqual(['a', 'b']);
});

test('a standby that was killed comes back to the same address, and catches up', async () => {
  const { url } = standby;
  await crashPostgres(standby, 'by force');
  await write('c');

  standby = await cluster.start();
  await standby.caughtUp();

  expect(standby.url).toBe(url);
  expect(await seen()).toEqual(['a', 'b', 'c']);
});

test('a promoted synchronous standby has all that its primary acknowledged', async () => {
  const other = await makeStandby(primary, { name: 'second', isSynchronous: true });
  try {
    const second = await other.start();
    await onServer(primary.url, async (client) => {
      await client.query('set synchronous_commit = on');
      await client.query(`insert into notes values ('d')`);
    });
    await crashPostgres(primary, 'by force');

    await second.promote();

    expect(await seen(second.url)).toEqual(['a', 'b', 'c', 'd']);
    await query(second.url, `insert into notes values ('e')`);
  } finally {
    await other.close();
  }
});
