import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { createTestDatabase } from '@countersign/postgres';

import { openDatabase } from '../src/database/open-database';
import { isRowAtFault } from '../src/database/row-at-fault';
import { Notification } from '../src/inbox/notification.entity';
import { processNotifications } from '../src/inbox/process-notifications';
import { notify, openCounter, openInbox, paymentFields } from './support/payments';
import { createWorld } from './support/world';

/** A server that vanishes without a word when it is asked for something; whoever comes anew finds another. */
let relay: Server;
let vanishesAt: (asked: Buffer) => boolean = () => false;
const sockets = new Set<Socket>();
let url: string;
let drop: () => Promise<void>;

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = () => made.drop();
  const { hostname, port } = new URL(made.url);
  relay = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let isGone = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    upstream.on('data', (bytes) => {
      if (!isGone) client.write(bytes);
    });
    client.on('data', (asked) => {
      if (!isGone && vanishesAt(asked)) {
        isGone = true;
        upstream.destroy(); // and the client's line stays open: nobody is left to close it
      }
      if (!isGone) upstream.write(asked);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => {
      if (!isGone) client.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const through = new URL(made.url);
  through.port = `${(relay.address() as AddressInfo).port}`;
  url = through.href;
}, 60_000);
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  relay.close();
  await drop();
});

test('a message whose block finds the database silent, twice, is applied later, and not put in quarantine', async () => {
  await (await openDatabase({ url, migrate: true })).close();
  const world = await createWorld({ books: { url, replicaUrls: [] } });
  await world.startAfresh();
  const { code } = await openCounter(world);
  const inbox = openInbox(world);
  await notify(inbox, paymentFields(), code.id);
  const process = (): Promise<unknown> => processNotifications(world.domain, { limit: 100 });
  let silences = 0;
  vanishesAt = (asked) => asked.includes('for no key update skip locked') && silences++ < 2;

  const first: unknown = await process().catch((error: unknown) => error);
  vanishesAt = () => false;
  const wasAtFault = first instanceof Error ? isRowAtFault(first) : 'it did not even fail';
  await process().catch(() => undefined);

  const [message] = await world.database.manager.find(Notification);
  await inbox.close();
  await world.close();
  expect({ status: message?.status, reason: message?.reason, wasAtFault }).toEqual({
    status: 'APPLIED',
    reason: null,
    wasAtFault: false,
  });
}, 90_000);
