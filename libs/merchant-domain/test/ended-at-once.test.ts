import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { createTestDatabase } from '@countersign/postgres';

import { openDatabase } from '../src/database/open-database';
import { isRowAtFault } from '../src/database/row-at-fault';
import { Notification } from '../src/inbox/notification.entity';
import { processNotifications } from '../src/inbox/process-notifications';
import { notify, openCounter, openInbox, paymentFields } from './support/payments';
import { createWorld } from './support/world';

/** A server that ends connections in the moment when they are ready: at a restart, by an administrator. */
let relay: Server;
let endsAfter: (asked: Buffer) => boolean = () => false;
let ended = 0;
const sockets = new Set<Socket>();
let url: string;
let drop: () => Promise<void>;

/** ReadyForQuery, whose last byte tells whether a block is open. */
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5]);

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = () => made.drop();
  const { hostname, port } = new URL(made.url);
  relay = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    let asked: Buffer = Buffer.alloc(0);
    upstream.on('data', (bytes) => {
      const isReady = bytes.subarray(-6, -1).equals(READY_FOR_QUERY);
      if (!isReady || !endsAfter(asked)) client.write(bytes);
      else {
        ended += 1;
        client.end(Buffer.concat([bytes, terminated()])); // one packet, as from a busy server
        upstream.destroy();
      }
    });
    client.on('data', (bytes) => {
      asked = bytes;
      upstream.write(bytes);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const through = new URL(made.url);
  through.port = `${(relay.address() as AddressInfo).port}`;
  url = through.href;
});
afterEach(() => {
  endsAfter = () => false;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  relay.close();
  await drop();
});

/** FATAL 57P01, as pg_terminate_backend and a shutdown send it. */
function terminated(): Buffer {
  const text = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
  const bytes = Buffer.alloc(5 + text.length);
  bytes.write('E', 0, 'latin1');
  bytes.writeInt32BE(4 + text.length, 1);
  bytes.write(text, 5, 'latin1');
  return bytes;
}

test('connections that end in the moment when they are ready fail their statements, and nothing else', async () => {
  const database = await openDatabase({ url, migrate: true });
  for (const socket of sockets) socket.destroy();
  endsAfter = () => true;

  const clock = { now: () => new Date(), newId: () => 'unused' };
  const uses = [
    () => database.manager.query('select 1'),
    () => database.atomically(clock, () => Promise.resolve()),
    () => database.ingest.query('select 1'),
    async () => {
      const connection = await database.ingest.connect();
      await connection.query('select 1').finally(() => {
        connection.release();
      });
    },
  ];
  for (const use of uses) {
    const before = ended;
    do {
      const error: unknown = await use().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Error);
      expect(isRowAtFault(error)).toBe(false);
    } while (ended === before); // one that was kept from earlier is found out first
  }

  endsAfter = () => false;
  expect(await database.manager.query('select 1 as one')).toEqual([{ one: 1 }]);
  expect((await database.ingest.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await database.close();
});

/** Each statement of the block that applies a payment, by words of its own. */
test.each([
  ['it begins', 'START TRANSACTION'],
  ['the messages', 'for no key update skip locked'],
  ['the codes', 'FROM "qr_codes"'],
  ['the payments', 'FROM "transactions"'],
  ['their other contents', 'as message (notify_id, id)'],
  ['the new payments', 'null::transactions'],
  ['the time of the codes', 'update qr_codes set last_notified_at'],
  ['what became of the messages', 'update notifications n'],
  ['the turn of the events', 'pg_advisory_xact_lock'],
  ['the events', 'null::transaction_events'],
  ['the nudges', 'select pg_notify'],
])(
  'a message whose block loses its connection between two statements is applied later, and not put in quarantine: after %s',
  async (_statement, words) => {
    const world = await createWorld({ books: { url, replicaUrls: [] } });
    await world.startAfresh();
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    await notify(inbox, paymentFields(), code.id);
    const process = (): Promise<unknown> => processNotifications(world.domain, { limit: 100 });
    let cuts = 2;
    endsAfter = (asked) => asked.includes(words) && cuts-- > 0;

    const waiting = { status: 'RECEIVED' } as const;
    while (await world.database.manager.existsBy(Notification, waiting)) {
      await process().catch(() => undefined);
      await pause(20); // the server may hold the message for a moment longer than its connection
    }

    expect(cuts).toBeLessThanOrEqual(0);
    expect(await world.database.manager.find(Notification)).toMatchObject([
      { status: 'APPLIED', reason: null },
    ]);
    await inbox.close();
    await world.close();
  },
);
