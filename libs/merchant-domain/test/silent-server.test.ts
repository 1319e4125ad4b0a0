import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { createTestDatabase } from '@countersign/postgres';

import { type Database, openDatabase } from '../src/database/open-database';

/** An address behind which a server falls silent, and another is there for whoever comes anew. */
let relay: Server;
const upstreams = new Map<Socket, Socket>();
let database: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = () => made.drop();
  const { hostname, port } = new URL(made.url);
  relay = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    upstreams.set(client, upstream);
    client.on('error', () => undefined).on('close', () => upstream.destroy());
    upstream.on('error', () => undefined);
    client.pipe(upstream).pipe(client, { end: false });
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const through = new URL(made.url);
  through.port = `${(relay.address() as AddressInfo).port}`;
  database = await openDatabase({ url: through.href, migrate: true });
}, 60_000);
afterAll(async () => {
  await database.close();
  for (const client of upstreams.keys()) client.destroy();
  relay.close();
  await drop();
});

/** What comes back is lost, and nothing is closed: a machine without power. */
function fallSilent(): void {
  for (const [client, upstream] of upstreams) {
    client.unpipe(upstream);
    client.resume();
    upstream.destroy();
  }
  upstreams.clear();
}

test('a statement that takes long is waited for, and one whose server is gone is not', async () => {
  const long = await database.manager.query<{ slept: boolean }[]>(
    `select pg_sleep(6) is not null as slept`,
  );
  expect(long).toEqual([{ slept: true }]);

  const lost = database.manager.query('select pg_sleep(30)');
  const kept = database.ingest.query('select pg_sleep(30)');
  const outcomes = Promise.allSettled([lost, kept]);
  const askedAt = performance.now();
  await database.manager.query('select 1'); // a third connection: the others have been asked as well
  fallSilent();

  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(performance.now() - askedAt).toBeLessThan(20_000);
  await database.ping();
}, 60_000);
