import { createTestDatabase } from '@countersign/postgres';

import { createChance } from '../support/chance';
import { migrate } from '../support/migrate';
import { openReplicasSite, type ReplicasSite } from '../support/replicas-site';
import {
  failOverInTurns,
  killInTurns,
  type Outlived,
  restartInTurns,
} from '../support/replicas-trials';
import { openReplicatedDatabase, type ServerDeath } from '../support/replicated-database';

const ROUNDS = Number(process.env['DEEP_ROUNDS'] ?? 5);
const DEATHS: readonly ServerDeath[] = ['by force', 'immediately', 'without a word'];
const chance = createChance();

let opened: (() => Promise<unknown>)[];
beforeEach(() => {
  opened = [];
});
afterEach(async () => {
  for (const close of opened.reverse()) await close();
});

/** Every process apart, as it runs for real; what the test does costs them no time of their own. */
async function open(databaseUrl: string, booksUrl = (): string => databaseUrl) {
  const site = await openReplicasSite({
    ...{ databaseUrl, booksUrl, where: ['apart', 'apart'], tillsOfEachKind: 3 },
  });
  opened.push(() => site.close());
  return site;
}

async function openOnOneServer(): Promise<ReplicasSite> {
  const database = await createTestDatabase(migrate);
  opened.push(() => database.drop());
  return open(database.url);
}

function print(what: string, { payments, answered, troubles, failures }: Outlived): void {
  const kinds = new Map<string, number>();
  for (const failure of failures) {
    const kind = failure.replace(/\d+ ms/, 'some time');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  process.stdout.write(
    `${what}: ${payments} payments, ${answered} answers, ${troubles.length} asked again, ` +
      `failures that the proxy could not hide: ${JSON.stringify([...kinds])}\n`,
  );
}

test(`${4 * ROUNDS} restarts under load`, async () => {
  const site = await openOnOneServer();

  const outlived = await restartInTurns(site, { rounds: ROUNDS, paymentsBetween: 40 });

  print('restarts', outlived);
  expect(outlived).toMatchObject({ findings: [], troubles: [], failures: [] });
});

test(`${4 * ROUNDS} kills under load, of whoever it may be (E2E_SEED=${chance.seed})`, async () => {
  const site = await openOnOneServer();
  const all = [...site.apis, ...site.workers];
  const victims = Array.from({ length: 4 * ROUNDS }, () => chance.oneOf(all));

  const outlived = await killInTurns(site, { victims, paymentsBetween: 10 + chance.below(40) });

  print('kills', outlived);
  expect(outlived.findings).toEqual([]);
  expect(outlived.troubles.filter((told) => !told.includes('GraphQL answered 502'))).toEqual([]);
});

test(`${ROUNDS} fail-overs of the database under load (E2E_SEED=${chance.seed})`, async () => {
  const database = await openReplicatedDatabase();
  opened.push(() => database.close());
  const site = await open(database.url, () => database.leaderUrl());
  const deaths = Array.from(
    { length: ROUNDS },
    (_, turn) => DEATHS[turn % DEATHS.length] ?? 'by force',
  );

  const outlived = await failOverInTurns(site, database, {
    ...{ deaths, paymentsBetween: 20 + chance.below(60) },
  });

  print('fail-overs', outlived);
  expect(outlived.findings).toEqual([]);
});
