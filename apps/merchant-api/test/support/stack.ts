import { type Clock } from '@countersign/merchant-domain';
import { openLeakWatch } from '@countersign/postgres';

import { createLog, type MerchantApi, readConfig, startMerchantApi } from '../../src';
import { type AgreeableGateway, MD5_KEY, startGateway } from './gateway';
import { createGraphqlClient, type GraphqlClient } from './graphql-client';
import { createTestDatabase, type TestDatabase } from './test-database';
import { createTestLog, type TestLog } from './test-log';

export const TOKEN = 'test-token-0123456789';
export const PARTNER_ID = '2088000000000001';

/**
 * The whole API with a database of its own and a gateway that a test can turn. Its end fails when a
 * secret stands in anything that it has logged or answered.
 */
export interface Stack {
  readonly api: MerchantApi;
  readonly gateway: AgreeableGateway;
  readonly client: GraphqlClient;
  readonly log: TestLog;
  readonly database: TestDatabase;
  close(): Promise<void>;
}

export function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PORT: '0',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    ALIPAY_GATEWAY_URL: 'http://127.0.0.1:1/gateway.do',
    ALIPAY_PARTNER_ID: PARTNER_ID,
    ALIPAY_SIGN_TYPE: 'MD5',
    ALIPAY_MD5_KEY: MD5_KEY,
    AUTH_DEMO_TOKEN: TOKEN,
    GATEWAY_TIMEOUT_MS: '2000',
    // A test asks faster than any till; those of the limits set their own.
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_FAILURES_PER_MINUTE: '100000',
    ...more,
  };
}

type Environment = Readonly<Record<string, string>>;

/** What differs from the usual may depend on where the database is. */
export async function startStack(
  more: Environment | ((databaseUrl: string) => Promise<Environment>) = {},
  turn: (gateway: AgreeableGateway) => void = () => undefined,
  clock?: Clock,
): Promise<Stack> {
  const database = await createTestDatabase();
  const gateway = await startGateway();
  turn(gateway);
  const watch = openLeakWatch();
  const log = createTestLog(createLog('info', { write: watch.printed }));
  const env = environment({
    DATABASE_URL: database.url,
    ALIPAY_GATEWAY_URL: gateway.url,
    ...(typeof more === 'function' ? await more(database.url) : more),
  });
  const api = await startMerchantApi(readConfig(env), log, clock);
  watch.watchServer(api.port);
  const client = createGraphqlClient(api.graphqlUrl, TOKEN);
  return {
    api,
    gateway,
    client,
    log,
    database,
    close: async () => {
      await client.close();
      await api.close();
      await gateway.close();
      const leaks = watch.leaks({
        'a key': [env['ALIPAY_MD5_KEY'] ?? ''],
        "the demo's token": [env['AUTH_DEMO_TOKEN'] ?? ''],
        'the id of a buyer': await buyersIn(database),
      });
      watch.close();
      await database.drop();
      if (leaks.length > 0) throw new Error(`Secrets have left:\n${leaks.join('\n')}`);
    },
  };
}

/** As Alipay tells of them: whole, in what it posts. */
async function buyersIn(database: TestDatabase): Promise<string[]> {
  const rows = await database.run(
    `select distinct substring(encode(body, 'escape') from 'buyer_id=(\\d{16})') as id from notifications`,
  );
  return rows.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
}
