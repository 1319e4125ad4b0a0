import { InvalidPaging } from '../src/database/keyset-page';
import { openDatabase } from '../src/database/open-database';
import { appendEvent } from '../src/event/append-event';
import {
  eventCursor,
  type EventPlace,
  eventsAfter,
  findEvent,
  latestEventPosition,
  oldestEventPosition,
  isHistoryKept,
  placeOfCursor,
  timelinePage,
} from '../src/event/event.queries';
import {
  type TransactionEvent,
  type TransactionEventType,
} from '../src/event/transaction-event.entity';
import { takeCode } from '../src/inbox/quarantine';
import { type Store } from '../src/store/store.entity';
import { type Transaction } from '../src/transaction/transaction.entity';
import { transactionsByIds } from '../src/transaction/transaction.queries';
import { aQrCode, aStore, aTransaction } from './support/records';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

async function happens(
  transaction: Transaction,
  ...types: readonly TransactionEventType[]
): Promise<void> {
  await world.database.atomically(world.domain, (tx) => {
    for (const type of types) {
      appendEvent(tx, transaction, { type, actor: 'alipay', occurredAt: tx.now() });
    }
    return Promise.resolve();
  });
}

function typesOf(events: readonly TransactionEvent[]): TransactionEventType[] {
  return events.map(({ type }) => type);
}

describe('a timeline', () => {
  test('refuses a cursor that it did not give', async () => {
    const { id } = await aTransaction(world);

    for (const after of ['x', '', Buffer.from('event -1').toString('base64url')]) {
      await expect(
        timelinePage(world.database, world.owner, { transactionId: id, page: { after } }),
      ).rejects.toThrow(InvalidPaging);
    }
  });

  test('tells one transaction’s story, oldest first, page by page', async () => {
    const transaction = await aTransaction(world);
    const other = await aTransaction(world);
    await happens(transaction, 'PAYMENT_RECEIVED');
    await happens(other, 'PAYMENT_RECEIVED');
    await happens(transaction, 'STATUS_CHANGED', 'CLAIMED');
    const page = (request: { first?: number; after?: string | undefined }) =>
      timelinePage(world.database, world.owner, { transactionId: transaction.id, page: request });

    const first = await page({ first: 2 });
    const rest = await page({ after: first.edges.at(-1)?.cursor });

    expect(typesOf(first.edges.map(({ node }) => node))).toEqual([
      'PAYMENT_RECEIVED',
      'STATUS_CHANGED',
    ]);
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(typesOf(rest.edges.map(({ node }) => node))).toEqual(['CLAIMED']);
    expect(rest).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test('is empty for who does not see the transaction', async () => {
    const transaction = await aTransaction(world, { storeId: (await aStore(world)).id });
    await happens(transaction, 'PAYMENT_RECEIVED');

    const page = await timelinePage(world.database, callerOf('CASHIER', { storeIds: [] }), {
      transactionId: transaction.id,
      page: {},
    });

    expect(page).toEqual({ edges: [], hasNextPage: false, hasPreviousPage: false });
  });
});

describe('the events after a position', () => {
  test('are those of the caller’s stores, in the order of their commits', async () => {
    const store = await aStore(world);
    const mine = await aTransaction(world, { storeId: store.id });
    const theirs = await aTransaction(world, { storeId: (await aStore(world)).id });
    await happens(mine, 'PAYMENT_RECEIVED', 'STATUS_CHANGED');
    await happens(theirs, 'PAYMENT_RECEIVED');
    await happens(mine, 'CLAIMED');
    const caller = callerOf('CASHIER', { storeIds: [store.id] });
    const read = (own: object = {}): Promise<TransactionEvent[]> =>
      eventsAfter(world.database, caller, { position: 0n, limit: 100, ...own });

    const all = await read();
    expect(typesOf(all)).toEqual(['PAYMENT_RECEIVED', 'STATUS_CHANGED', 'CLAIMED']);
    expect(typesOf(await read({ position: all[0]?.position }))).toEqual([
      'STATUS_CHANGED',
      'CLAIMED',
    ]);
    expect(typesOf(await read({ limit: 1 }))).toEqual(['PAYMENT_RECEIVED']);
    expect(typesOf(await read({ types: ['CLAIMED'] }))).toEqual(['CLAIMED']);
    expect(await read({ storeId: theirs.storeId })).toEqual([]);
    expect(await read({ transactionId: theirs.id })).toEqual([]);
    expect(await read({ qrCodeId: world.domain.newId() })).toEqual([]);
    expect(await eventsAfter(world.database, world.owner, { position: 0n, limit: 9 })).toHaveLength(
      4,
    );
  });

  test('are told to nobody who does not see their payment any more, because it was made elsewhere', async () => {
    const [store, elsewhere] = [await aStore(world), await aStore(world)];
    const payment = await aTransaction(world, { storeId: store.id });
    await happens(payment, 'PAYMENT_RECEIVED');
    const code = await aQrCode(world, { storeId: elsewhere.id });
    await world.database.atomically(world.domain, (tx) => takeCode(tx, payment, code, 'alipay'));
    const next = await aTransaction(world, { storeId: store.id });
    await happens(next, 'PAYMENT_RECEIVED');
    const toldAt = async ({ id }: Store): Promise<TransactionEvent[]> => {
      const caller = callerOf('CASHIER', { storeIds: [id] });
      const events = await eventsAfter(world.database, caller, { position: 0n, limit: 9 });
      const ids = events.map(({ transactionId }) => transactionId);
      expect(await transactionsByIds(world.database, caller, ids)).not.toContain(null);
      return events;
    };

    expect(await toldAt(store)).toMatchObject([{ transactionId: next.id }]);
    expect(await toldAt(elsewhere)).toMatchObject([
      { transactionId: payment.id, type: 'STORE_LEARNED' },
    ]);
  });
});

describe('positions', () => {
  test('begin at nothing', async () => {
    expect(await latestEventPosition(world.database)).toBe(0n);
    expect(await oldestEventPosition(world.database)).toBeNull();
  });

  test('go from the oldest event kept to the latest, and round through a cursor', async () => {
    const transaction = await aTransaction(world);
    await happens(transaction, 'PAYMENT_RECEIVED', 'CLAIMED');
    const events = await eventsAfter(world.database, world.owner, { position: 0n, limit: 9 });

    expect(await oldestEventPosition(world.database)).toBe(events[0]?.position);
    expect(await latestEventPosition(world.database)).toBe(events[1]?.position);
    expect(events.map((event) => placeOfCursor(eventCursor(event)).position)).toEqual(
      events.map(({ position }) => position),
    );
  });
});

describe('a database that is brought up to date', () => {
  const bringUpToDate = async (): Promise<void> => {
    await (await openDatabase({ url: world.database.url, migrate: true })).close();
  };
  const setSequence = (to: number): Promise<unknown> =>
    world.database.manager.query(
      `select setval(pg_get_serial_sequence('transaction_events', 'position'), $1, false)`,
      [to],
    );

  test('goes on after its newest event, though a move by logical replication begins the sequence anew', async () => {
    const transaction = await aTransaction(world);
    await setSequence(34); // as a crash leaves it: some positions are never used
    await happens(transaction, 'PAYMENT_RECEIVED', 'CLAIMED');
    const position = await latestEventPosition(world.database);
    await setSequence(1);

    await bringUpToDate();
    await happens(transaction, 'REFUND_REQUESTED');

    expect(position).toBe(35n);
    expect(await eventsAfter(world.database, world.owner, { position, limit: 9 })).toMatchObject([
      { type: 'REFUND_REQUESTED', position: 36n },
    ]);
  });

  test('leaves a sequence alone that is ahead of its newest event', async () => {
    const transaction = await aTransaction(world);
    await happens(transaction, 'PAYMENT_RECEIVED');
    await setSequence(34);

    await bringUpToDate();
    await happens(transaction, 'CLAIMED');

    expect(await latestEventPosition(world.database)).toBe(34n);
  });

  test('begins with its first event where there is none', async () => {
    await bringUpToDate();
    await happens(await aTransaction(world), 'PAYMENT_RECEIVED');

    expect(await latestEventPosition(world.database)).toBe(1n);
  });
});

test('a cursor of another history is told, also when newer events have taken its place', async () => {
  const transaction = await aTransaction(world);
  await happens(transaction, 'PAYMENT_RECEIVED', 'CLAIMED', 'REFUND_REQUESTED');
  const events = await eventsAfter(world.database, world.owner, { position: 0n, limit: 9 });
  const places = events.map((event) => placeOfCursor(eventCursor(event)));
  const [first, second, third] = places;
  if (first === undefined || second === undefined || third === undefined) throw new Error();
  const isKept = (place: EventPlace) => isHistoryKept(world.database, place);

  expect(await Promise.all(places.map(isKept))).toEqual([true, true, true]);
  expect(await isKept({ position: first.position - 1n })).toBe(true);
  expect(await isKept({ position: third.position + 1n })).toBe(false);
  // A backup of after the first event is restored, and the day goes on.
  await world.database.manager.query(
    `update transaction_events set id = gen_random_uuid() where position > $1`,
    [first.position.toString()],
  );
  expect(await Promise.all(places.map(isKept))).toEqual([true, false, false]);
  // What is missing between the oldest and the newest never was.
  await world.database.manager.query(`delete from transaction_events where position = $1`, [
    second.position.toString(),
  ]);
  expect(await isKept({ position: second.position })).toBe(false);
});

test('an event is found by who sees its store', async () => {
  const transaction = await aTransaction(world, { storeId: (await aStore(world)).id });
  await happens(transaction, 'PAYMENT_RECEIVED');
  const [event] = await eventsAfter(world.database, world.owner, { position: 0n, limit: 1 });
  const key = { id: event?.id ?? '' };

  expect(await findEvent(world.database, world.owner, key)).toEqual(event);
  expect(await findEvent(world.database, callerOf('CASHIER', { storeIds: [] }), key)).toBeNull();
});
