import { type Clock } from '@countersign/merchant-domain';

import { type MerchantApi, readConfig, startMerchantApi } from '../../src';
import { type AgreeableGateway, MD5_KEY, startGateway } from './gateway';
import { createGraphqlClient, type GraphqlClient } from './graphql-client';
import { createTestDatabase, type TestDatabase } from './test-database';
import { createTestLog, type TestLog } from './test-log';

export const TOKEN = 'test-token-0123456789';
export const PARTNER_ID = '2088000000000001';

/** The whole API with a database of its own and a gateway that a test can turn. */
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

export async function startStack(
  more: Readonly<Record<string, string>> = {},
  turn: (gateway: AgreeableGateway) => void = () => undefined,
  clock?: Clock,
): Promise<Stack> {
  const database = await createTestDatabase();
  const gateway = await startGateway();
  turn(gateway);
  const log = createTestLog();
  const config = readConfig(
    environment({ DATABASE_URL: database.url, ALIPAY_GATEWAY_URL: gateway.url, ...more }),
  );
  const api = await startMerchantApi(config, log, clock);
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
      await database.drop();
    },
  };
}
