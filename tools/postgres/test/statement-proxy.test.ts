import { connect } from 'node:net';
import { Client } from 'pg';
import { openStatementProxy, type StatementProxy } from '../src/statement-proxy';
import type { PostgresServer } from '../src/start-postgres';
import { startThrowawayPostgres } from '../src/throwaway-postgres';
import { waitUntil } from '../src/wait-until';
import { query } from './support';

jest.setTimeout(60_000);

let server: PostgresServer;
let proxy: StatementProxy;
const clients: Client[] = [];

beforeAll(async () => {
  server = await startThrowawayPostgres();
});
afterAll(async () => {
  await server.close();
});
beforeEach(async () => {
  proxy = await openStatementProxy(server.url);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)));
  await proxy.close();
});

test('sees simple, parametrized and prepared statements, each once with its text', async () => {
  const client = await connectClient();

  await client.query('select 1');
  await client.query('select $1::int as one', [1]);
  const prepared = { name: 'twice', text: 'select $1::text as two' };
  await client.query(prepared, ['one']);
  const last = await client.query(prepared, ['two']);

  expect(last.rows).toEqual([{ two: 'two' }]);
  expect(proxy.statements).toEqual(
    ['select 1', 'select $1::int as one', prepared.text, prepared.text].map((text, index) => ({
      connection: 0,
      index,
      text,
    })),
  );
});

test('holds a statement before the server has it, and its answer before the client has it', async () => {
  const client = await connectClient();
  await query(server.url, 'create table if not exists held (at text)');
  const seen: string[] = [];
  let isAnswered = false;
  const stop = proxy.watch(async ({ text }, moment) => {
    const [row] = await query(server.url, 'select count(*)::int as rows from held');
    seen.push(`${moment} ${text}: ${String(row?.['rows'])} rows, answered ${String(isAnswered)}`);
  });

  const text = 'insert into held values ($1)';
  await client.query(text, ['now']).then(() => (isAnswered = true));
  stop();
  await client.query('drop table held');

  expect(seen).toEqual([
    `before ${text}: 0 rows, answered false`,
    `after ${text}: 1 rows, answered false`,
  ]);
});

test.each(['before', 'after'] as const)(
  'what is cut %s a commit is lost or done accordingly',
  async (when) => {
    const client = await connectClient();
    await query(server.url, 'create table if not exists crossed ()');
    proxy.watch(({ text }, moment) => {
      if (text === 'commit' && moment === when) proxy.cut();
    });

    await client.query('begin');
    await client.query('insert into crossed default values');
    await expect(client.query('commit')).rejects.toThrow(/reset|terminated/i);

    const rows = await query(server.url, 'select from crossed');
    await query(server.url, 'drop table crossed'); // waits until the server has let go of it
    expect(rows).toHaveLength(when === 'after' ? 1 : 0);
  },
);

test('an error of the server passes, and the connection lives on', async () => {
  const client = await connectClient();

  await expect(client.query('select $1::int / 0', [1])).rejects.toThrow('division by zero');
  await expect(client.query({ name: 'no', text: 'no sql' })).rejects.toThrow('syntax error');

  expect((await client.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
});

test('notifications pass while nothing is asked', async () => {
  const client = await connectClient();
  await client.query('listen news');
  const heard = new Promise<string | undefined>((resolve) => {
    client.once('notification', (message: { payload?: string }) => {
      resolve(message.payload);
    });
  });

  await query(server.url, "notify news, 'of the day'");

  expect(await heard).toBe('of the day');
});

test('long answers and long statements come through whole', async () => {
  const client = await connectClient();
  const long = 'è'.repeat(300_000);

  const { rows } = await client.query(`select $1::text || '${long}' as text`, [long]);

  expect(rows).toEqual([{ text: long + long }]);
});

test('reads messages split anywhere, and several in one chunk', async () => {
  const { hostname, port } = new URL(proxy.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // the server may be the first to end it
  let answered = '';
  socket.on('data', (chunk: Buffer) => (answered += chunk.toString('latin1')));

  const startup = Buffer.from('\0\x03\0\0user\0nobody\0database\0none\0\0', 'latin1');
  const asked = [message('', Buffer.from('\x04\xd2\x16\x2f', 'latin1')), message('', startup)];
  for (const byte of Buffer.concat(asked)) {
    socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  const isAsking = (): boolean => answered.startsWith('NR'); // no encryption; authenticate
  expect(await waitUntil(isAsking, 10_000)).toBe(true);
  const queries = ['select 1', 'select 2'].map((text) => message('Q', Buffer.from(`${text}\0`)));
  socket.end(Buffer.concat(queries)); // in place of a password: the proxy reads them, all the same
  const isRead = (): boolean => proxy.statements.length === 2;
  await waitUntil(isRead, 10_000);

  expect(proxy.statements.map(({ text }) => text)).toEqual(['select 1', 'select 2']);
});

test('a refused connection is reset, and welcome again afterwards', async () => {
  proxy.refuse(true);
  await expect(query(proxy.url, 'select 1')).rejects.toThrow(/ECONNRESET|terminated|hang up/);

  proxy.refuse(false);

  expect(await query(proxy.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('what a hook throws cuts its connection, and close tells', async () => {
  const client = await connectClient();
  const mistaken = proxy;
  mistaken.watch(() => {
    throw new Error('a mistake of the test');
  });

  await expect(client.query('select 1')).rejects.toThrow(/reset|terminated/i);

  await expect(mistaken.close()).rejects.toThrow('a mistake of the test');
  proxy = await openStatementProxy(server.url);
});

async function connectClient(): Promise<Client> {
  const client = new Client({ connectionString: proxy.url });
  clients.push(client);
  client.on('error', () => undefined); // the query that is cut tells
  await client.connect();
  return client;
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}
