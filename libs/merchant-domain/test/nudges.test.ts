import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';

import { NUDGE_CHANNEL } from '../src/database/nudges';
import { type Database, openDatabase } from '../src/database/open-database';
import { appendEvent } from '../src/event/append-event';
import { latestEventPosition } from '../src/event/event.queries';
import { type Transaction } from '../src/transaction/transaction.entity';
import { notify, openCounter, openInbox, paymentFields } from './support/payments';
import { aTransaction } from './support/records';
import { createWorld, type World } from './support/world';

let world: World;
let inPostgres: Client;
let heardInPostgres: string[];
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  heardInPostgres = [];
  inPostgres = new Client({ connectionString: world.database.url });
  await inPostgres.connect();
  inPostgres.on('notification', ({ payload }) => heardInPostgres.push(payload ?? ''));
  await inPostgres.query(`listen ${NUDGE_CHANNEL}`);
});
afterEach(() => inPostgres.end());

/** The same books, opened by a host that takes nudges past PostgreSQL. */
async function withNudges(
  publishNudges: (nudges: readonly string[]) => void,
  work: (own: World) => Promise<void>,
): Promise<void> {
  const database = await openDatabase({ url: world.database.url, publishNudges });
  try {
    await work({ ...world, database, domain: { ...world.domain, database } });
    await inPostgres.query('select 1'); // whatever was said before comes before this answer
  } finally {
    await database.close();
  }
}

function happens(database: Database, transaction: Transaction): Promise<void> {
  return database.atomically({ now: world.clock.now, newId: uuidv7 }, (tx) => {
    appendEvent(tx, transaction, {
      type: 'PAYMENT_RECEIVED',
      actor: 'alipay',
      occurredAt: tx.now(),
    });
    tx.changedQrCodeIds.add('1');
    return Promise.resolve();
  });
}

test('a nudge comes when what it speaks of can be read, and then not by PostgreSQL too', async () => {
  const transaction = await aTransaction(world);
  const before = await latestEventPosition(world.database);
  const told: (readonly string[])[] = [];
  const found: Promise<bigint>[] = [];

  await withNudges(
    (nudges) => {
      told.push(nudges);
      found.push(latestEventPosition(world.database));
    },
    ({ database }) => happens(database, transaction),
  );

  expect(told).toEqual([['qr:1', 'events']]);
  expect(await found[0]).toBeGreaterThan(before);
  expect(heardInPostgres).toEqual([]);
});

test('what is taken back was never told of', async () => {
  const transaction = await aTransaction(world);
  const told: unknown[] = [];

  await withNudges(
    (nudges) => told.push(nudges),
    async ({ database }) => {
      const broken = database.atomically(world.domain, async (tx) => {
        appendEvent(tx, transaction, {
          type: 'PAYMENT_RECEIVED',
          actor: 'alipay',
          occurredAt: tx.now(),
        });
        await tx.manager.query('select 1/0');
      });
      await expect(broken).rejects.toThrow(/division by zero/);
    },
  );

  expect(told).toEqual([]);
});

test('a message in the inbox is told of once it is stored, and a known one is not', async () => {
  const { code } = await openCounter(world);
  const fields = paymentFields();
  const told: unknown[] = [];

  await withNudges(
    (nudges) => told.push(nudges),
    async (own) => {
      const inbox = openInbox(own);
      expect(await notify(inbox, fields, code.id)).toBe('STORED');
      expect(await notify(inbox, fields, code.id)).toBe('DUPLICATE');
      await inbox.close();
    },
  );

  expect(told).toEqual([['inbox']]);
  expect(heardInPostgres).toEqual([]);
});
