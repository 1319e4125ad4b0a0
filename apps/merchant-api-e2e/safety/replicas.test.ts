import { createTestDatabase } from '@countersign/postgres';

import { migrate } from '../support/migrate';
import {
  openReplicasSite,
  type ReplicasSite,
  type ReplicasSiteOptions,
} from '../support/replicas-site';
import {
  failOverInTurns,
  killHolding,
  killInTurns,
  restartInTurns,
} from '../support/replicas-trials';
import { openReplicatedDatabase } from '../support/replicated-database';

jest.setTimeout(180_000); // a machine that is busy takes long to start a process

let opened: (() => Promise<unknown>)[];
beforeEach(() => {
  opened = [];
});
afterEach(async () => {
  for (const close of opened.reverse()) await close();
});

async function open(options: Partial<ReplicasSiteOptions>): Promise<ReplicasSite> {
  const { databaseUrl = await emptyDatabase() } = options;
  const site = await openReplicasSite({ where: ['here', 'here'], ...options, databaseUrl });
  opened.push(() => site.close());
  return site;
}

async function emptyDatabase(): Promise<string> {
  const database = await createTestDatabase(migrate);
  opened.push(() => database.drop());
  return database.url;
}

test('restarted one after the other under load, replicas answer everybody, and every till shows every payment once', async () => {
  const site = await open({});

  const outlived = await restartInTurns(site, { rounds: 1, paymentsBetween: 8 });

  expect(outlived).toMatchObject({ findings: [], troubles: [], failures: [] });
});

test('what a killed worker held is taken up by another within the lease, and a killed replica is missed by nobody', async () => {
  const site = await open({ where: ['here', 'apart'] });
  const [other, worker] = site.workers;
  const api = site.apis[1];
  if (!other || !worker || !api) throw new Error('there are two of each');

  const { takenUpAfterMs, findings } = await killHolding(site, { victim: worker, other });
  const outlived = await killInTurns(site, {
    ...{ victims: [api], paymentsBetween: 10, isLastOneBack: false },
  });

  expect(findings).toEqual([]);
  expect(takenUpAfterMs).toBeLessThan(LEASE_MS + TURN_MS);
  expect(outlived.findings).toEqual([]);
  expect(outlived.troubles.filter((trouble) => !trouble.includes(LINE_BROKEN))).toEqual([]);
});

test('a standby that takes over from a database whose machine died has all that was answered, and every till goes on', async () => {
  const database = await openReplicatedDatabase();
  opened.push(() => database.close());
  const site = await open({ databaseUrl: database.url, booksUrl: () => database.leaderUrl() });

  const outlived = await failOverInTurns(site, database, {
    deaths: ['without a word'],
    paymentsBetween: 20,
  });

  expect(outlived.findings).toEqual([]);
});

/** What the proxy says to who was being answered by the one that was killed. */
const LINE_BROKEN = 'GraphQL answered 502';
/** Twice the replicas' GATEWAY_TIMEOUT_MS, and five seconds. */
const LEASE_MS = 7_000;
/** Of a machine that is busy. */
const TURN_MS = 8_000;
