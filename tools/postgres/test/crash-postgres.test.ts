import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { Client } from 'pg';
import { crashPostgres, serverProcesses } from '../src/crash-postgres';
import { isAlive } from '../src/postmaster';
import { makeThrowawayCluster, type ThrowawayCluster } from '../src/throwaway-postgres';

let cluster: ThrowawayCluster;
beforeAll(() => {
  cluster = makeThrowawayCluster({ synchronous_commit: 'on' }, { walSegmentMb: 1 });
});
afterAll(() => cluster.close());

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end();
  }
}

test('what was committed is there when the next server starts, on the same port', async () => {
  const first = await cluster.start();
  await ask(first.url, 'create table kept as select 1 as number');
  const processes = serverProcesses(first);

  await crashPostgres(first, 'by force');
  expect(processes.length).toBeGreaterThan(3);
  expect(processes.filter(isAlive)).toEqual([]);

  const second = await cluster.start();
  expect(second.port).toBe(first.port);
  expect(await ask(second.url, 'insert into kept values (2) returning number')).toHaveLength(1);
  await crashPostgres(second, 'immediately');

  const third = await cluster.start();
  expect(await ask(third.url, 'select number from kept order by 1')).toEqual([
    { number: 1 },
    { number: 2 },
  ]);
});

test('what is to wait for a disk lies on one, whatever room there is in memory', async () => {
  const durable = makeThrowawayCluster({ fsync: 'on' });

  expect(durable.dataDir.startsWith(realpathSync(tmpdir()))).toBe(true);
  await durable.close();
});
