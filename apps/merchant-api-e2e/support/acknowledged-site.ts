import { randomUUID } from 'node:crypto';

import { notificationTokenFor } from '@countersign/merchant-domain';
import {
  createDatabase,
  makeThrowawayCluster,
  type PostgresServer,
  type ThrowawayCluster,
} from '@countersign/postgres';
import { Client } from 'pg';

import { type Notice, sendAll, type Sending } from './acknowledged-sender';
import { type ApiProcess, type ApiProcessOptions, startApiProcess } from './api-process';
import { createGraphqlClient, type GraphqlClient } from './graphql-client';
import { TOKEN } from './keys';
import { createMerchant, type Merchant } from './merchant';

/** A PostgreSQL and an API of one test file's own, to be killed and started again. */
export interface Site extends GraphqlClient {
  readonly merchant: Merchant;
  postgres: PostgresServer;
  api: ApiProcess;
  readonly databaseUrl: string;
  /** Where Alipay posts what concerns the one code here; its last part is the secret token. */
  readonly notifyUrl: string;
  readonly rows: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** Sends each message until it is answered `success`, or the site is closed. */
  send(notices: readonly Notice[], inFlight?: number): Sending;
  /** A session of somebody else's, for locks. */
  session(): Promise<Client>;
  startPostgres(): Promise<void>;
  startApi(
    env?: Readonly<Record<string, string>>,
    output?: Pick<ApiProcessOptions, 'stdout'>,
  ): Promise<void>;
  /** Another process on the same database, such as a worker; the site ends it. */
  startBeside(env: Readonly<Record<string, string>>): Promise<ApiProcess>;
  close(): Promise<void>;
}

/** A server that puts its commits off: that ours outlive it is the API's own doing. */
const SERVER = { synchronous_commit: 'off', max_connections: '40' };
const DATABASE = 'merchant';
/** Soon enough for a test; the URL's parameters are the driver's own settings. */
const STATEMENT_TIMEOUT_MS = 3_000;

export async function openSite(env: Readonly<Record<string, string>> = {}): Promise<Site> {
  const cluster = makeThrowawayCluster(SERVER, { walSegmentMb: 1 });
  try {
    return await build(cluster, env);
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

async function build(
  cluster: ThrowawayCluster,
  usualEnv: Readonly<Record<string, string>>,
): Promise<Site> {
  const postgres = await cluster.start();
  const databaseUrl = await createDatabase(postgres.url, DATABASE);
  const environment = {
    DATABASE_URL: `${databaseUrl}?statement_timeout=${STATEMENT_TIMEOUT_MS}`,
    ...usualEnv,
  };
  const sessions: Client[] = [];
  const beside: ApiProcess[] = [];
  const sendings: Sending[] = [];
  const api = await startApiProcess({ env: environment });
  const { port } = new URL(api.url);

  const session = async (): Promise<Client> => {
    const client = new Client({ connectionString: databaseUrl });
    client.on('error', () => undefined); // the next query reports it
    await client.connect();
    sessions.push(client);
    return client;
  };
  const rows = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new Client({ connectionString: databaseUrl });
    client.on('error', () => undefined); // the query reports it
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const client = createGraphqlClient(() => `${site.api.url}/graphql`, TOKEN);

  const site: Site = {
    ...client,
    merchant: createMerchant(client),
    postgres,
    api,
    databaseUrl,
    notifyUrl: `${api.url}/alipay/notifications/${await openCode(rows)}`,
    rows,
    send: (notices, inFlight) => {
      const sending = sendAll(site.notifyUrl, notices, inFlight);
      sendings.push(sending);
      return sending;
    },
    session,
    startPostgres: async () => {
      site.postgres = await cluster.start();
    },
    startApi: async (env = {}, output = {}) => {
      site.api = await startApiProcess({ env: { ...environment, PORT: port, ...env }, ...output });
    },
    startBeside: async (env) => {
      const started = await startApiProcess({ env: { ...environment, ...env } });
      beside.push(started);
      return started;
    },
    close: async () => {
      for (const sending of sendings) sending.giveUp();
      await Promise.all([site.api, ...beside].map((one) => one.kill()));
      await Promise.all(sessions.map((one) => one.end().catch(() => undefined)));
      await cluster.close();
    },
  };
  return site;
}

/** A merchant with one store and one active code; answers the token of the code's address. */
async function openCode(rows: Site['rows']): Promise<string> {
  const [merchantId, storeId, codeId] = [randomUUID(), randomUUID(), randomUUID()];
  await rows(
    `insert into merchants (id, alipay_merchant_id, name, type, industry, created_at, updated_at)
     values ($1, 'M_1', '翡翠茶餐廳有限公司', 'ENTERPRISE', '5812', now(), now())`,
    [merchantId],
  );
  await rows(
    `insert into stores (id, merchant_id, alipay_store_id, name, country_code, registration, created_at, updated_at)
     values ($1, $2, 'S_1', '翡翠茶餐廳（中環）', 'HK', 'REGISTERED', now(), now())`,
    [storeId, merchantId],
  );
  await rows(
    `insert into qr_codes (id, store_id, code, status, transaction_currency, settlement_currency, created_at, updated_at)
     values ($1, $2, 'https://qr.example/1', 'ACTIVE', 'HKD', 'HKD', now(), now())`,
    [codeId, storeId],
  );
  const [deployment] = await rows<{ notification_token_key: Buffer }>(
    'select notification_token_key from deployment',
  );
  if (deployment === undefined) throw new Error('the API has not prepared its database');
  return notificationTokenFor({ notificationTokenKey: deployment.notification_token_key }, codeId);
}
