import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { createTestDatabase } from '@countersign/postgres';

import { openDatabase } from '../src/database/open-database';

/** A server that ends connections in the moment when they are ready: at a restart, by an administrator. */
let relay: Server;
let isEnding = false;
let ended = 0;
const sockets = new Set<Socket>();
let url: string;
let drop: () => Promise<void>;

const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

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
    upstream.on('data', (bytes) => {
      if (!isEnding || !bytes.subarray(-6).equals(READY_FOR_QUERY)) client.write(bytes);
      else {
        ended += 1;
        client.end(Buffer.concat([bytes, terminated()])); // one packet, as from a busy server
        upstream.destroy();
      }
    });
    client.on('data', (bytes) => upstream.write(bytes));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const through = new URL(made.url);
  through.port = `${(relay.address() as AddressInfo).port}`;
  url = through.href;
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
  isEnding = true;

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
    do await expect(use()).rejects.toThrow();
    while (ended === before); // one that was kept from earlier is found out first
  }

  isEnding = false;
  expect(await database.manager.query('select 1 as one')).toEqual([{ one: 1 }]);
  expect((await database.ingest.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await database.close();
});
