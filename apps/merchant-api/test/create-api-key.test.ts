import { findKeyInUse, openDatabase } from '@countersign/merchant-domain';

import { readConfig, startMerchantApi } from '../src';
import { createApiKeyCommand } from '../src/commands/create-api-key/create-api-key.command';
import { runCommand } from '../src/commands/run-command';
import { encodeNodeId } from '../src/graphql/node-id';
import { createGraphqlClient } from './support/graphql-client';
import { heardTerminal } from './support/heard-terminal';
import { environment } from './support/stack';
import { createTestDatabase, type TestDatabase } from './support/test-database';
import { createTestLog } from './support/test-log';

let books: TestDatabase;
beforeAll(async () => {
  books = await createTestDatabase();
});
afterAll(() => books.drop());

async function run(
  args: readonly string[],
  url: string = books.url,
): Promise<{ exitCode: number; printed: string[]; complaints: string[] }> {
  const terminal = heardTerminal({ DATABASE_URL: url });
  const exitCode = await runCommand(createApiKeyCommand, args, terminal);
  const { printed, complaints } = terminal;
  return { exitCode, printed, complaints };
}

const { AUTH_DEMO_TOKEN: _, ...WITHOUT_DEMO } = environment();

test('a fresh deployment does not start without a key, says how to make one, and starts with it', async () => {
  const config = readConfig({ ...WITHOUT_DEMO, DATABASE_URL: books.url, ROLE: 'api' });
  const fresh = await createTestDatabase();
  await expect(
    startMerchantApi({ ...config, databaseUrl: fresh.url }, createTestLog()),
  ).rejects.toThrow(/there is no way to know a caller.*npm run create-api-key -- --role OWNER/);
  await fresh.drop();

  const { exitCode, printed, complaints } = await run(['--role', 'OWNER']);
  const [secret = ''] = printed;
  const api = await startMerchantApi(config, createTestLog());
  const { viewer } = await createGraphqlClient(api.graphqlUrl, secret).get(
    '{ viewer { subject role stores { id } } }',
  );
  await api.close();

  expect(exitCode).toBe(0);
  expect(printed).toHaveLength(1);
  expect(complaints.join()).not.toContain(secret);
  expect(viewer).toEqual({
    subject: `api-key:${secret.slice(0, 11)} (made on the command line)`,
    role: 'OWNER',
    stores: null,
  });
});

test('everything that a key can be is said on the command line', async () => {
  await run(['--role', 'OWNER']);
  const [store] = await books.run(`
    with m as (insert into merchants (id, alipay_merchant_id, name, type, industry, created_at, updated_at)
      values (gen_random_uuid(), 'M1', 'Shop', 'ENTERPRISE', '5812', now(), now()) returning id)
    insert into stores (id, merchant_id, alipay_store_id, name, country_code, registration, created_at, updated_at)
      select gen_random_uuid(), id, 'S1', 'Shop', 'HK', 'UNREGISTERED', now(), now() from m returning id`);
  const storeId = String(store?.['id']);

  const { printed } = await run([
    ...['--role', 'cashier', '--name', 'Till 3', '--stores', encodeNodeId('Store', storeId)],
    ...['--refund-limit', '200 HKD', '--expires', '2999-01-01'],
  ]);
  const database = await openDatabase({ url: books.url });
  const key = await findKeyInUse(database, new Date(), printed[0] ?? '');
  await database.close();

  expect(key).toMatchObject({
    caller: { role: 'CASHIER', storeIds: [storeId], refundLimit: { minor: 20_000n } },
    expiresAt: new Date('2999-01-01T00:00:00Z'),
  });
});

test.each<[string[], string]>([
  [[], 'Say what the key may do: --role OWNER'],
  [['--role', 'KING'], 'Say what the key may do'],
  [['--role', 'CASHIER'], 'A key of a CASHIER names the stores it is for.'],
  [['--role', 'CASHIER', '--stores', 'S1'], 'S1 is not the id of a store'],
  [['--role', 'OWNER', '--refund-limit', '200'], 'Write the limit with its currency'],
  [['--role', 'OWNER', '--expires', 'tomorrow'], 'Write the end as a day'],
  [['--role', 'OWNER', '--expires', '2020-01-01'], 'A key that has expired is no key'],
  [['--roles', 'OWNER'], "Unknown option '--roles'"],
])('%j makes no key, and says why', async (args, complaint) => {
  const { exitCode, printed, complaints } = await run(args);

  expect(exitCode).toBe(2);
  expect(printed).toEqual([]);
  expect(complaints.join()).toContain(complaint);
});

test('a database of something else is left as it is', async () => {
  const foreign = await createTestDatabase();
  await foreign.run('create table invoices (id int)');

  const { exitCode, complaints } = await run(['--role', 'OWNER'], foreign.url);
  const tables = await foreign.run(`select tablename from pg_tables where schemaname = 'public'`);
  await foreign.drop();

  expect(exitCode).toBe(2);
  expect(complaints.join()).toContain('This database holds no books of Countersign');
  expect(tables).toEqual([{ tablename: 'invoices' }]);
});

test('a database that cannot be reached is told of', async () => {
  const { exitCode, complaints } = await run(['--role', 'OWNER'], 'postgres://x@127.0.0.1:1/none');

  expect(exitCode).toBe(2);
  expect(complaints.join()).toContain('The database cannot be reached');
});

test('a worker knows nobody, and needs no way to', async () => {
  const empty = await createTestDatabase();
  const config = readConfig({
    ...WITHOUT_DEMO,
    ...{ DATABASE_URL: empty.url, ROLE: 'worker', PUBLIC_URL: 'https://shop.example' },
  });

  const worker = await startMerchantApi(config, createTestLog());
  const status = (await fetch(`${worker.url}/livez`)).status;
  await worker.close();
  await empty.drop();

  expect(status).toBe(200);
});
