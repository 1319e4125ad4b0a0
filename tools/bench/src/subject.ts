import { join, resolve } from 'node:path';

import { createDatabase, type PostgresServer } from '@countersign/postgres';
import { Client } from 'pg';

import { type Keys } from './make-keys';
import { seedCodes } from './seed-codes';
import { type Program, startProgram } from './start-program';
import { subscribe, type Subscriber } from './subscriber';
import { untilTrue } from './until-true';

/** Something that takes notifications in, in a process and a database of its own. */
export interface Subject {
  readonly pid: number;
  readonly notifyUrl: string;
  /** Hears of payments, where they are made of notifications. */
  readonly subscriber?: Subscriber;
  /** Rows that hold a notification: as many as were accepted, or something was lost or doubled. */
  countKept(): Promise<number>;
  /** Resolves when no payment's wallet is waiting to be asked about. */
  askedAll(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface Surroundings {
  readonly server: PostgresServer;
  readonly keys: Keys;
  readonly folder: string;
  readonly logLevel: string;
}

export const PARTNER_ID = '2088000000000001';
export const TOKEN = 'benchmark-token-0123456789';
const GATEWAY_TIMEOUT_MS = 5_000;
const MERCHANT_API = resolve(__dirname, '../../../apps/merchant-api/dist/main.js');

export async function startBareLoop(
  { server, keys, folder }: Surroundings,
  inserts: 'together' | 'alone',
): Promise<Subject> {
  const name = `bare_${inserts}`;
  const databaseUrl = await createDatabase(server.url, name);
  const look = await openLook(databaseUrl);
  const program = await startProgram(require.resolve('./bare-loop.js'), {
    logFile: join(folder, `${name}.log`),
    env: {
      DATABASE_URL: databaseUrl,
      SIGN_TYPE: keys.signType,
      ALIPAY_KEY: keys.alipayPublic,
      INSERTS: inserts,
    },
  });
  return {
    pid: program.pid,
    notifyUrl: `${program.url}/alipay/notifications/none`,
    countKept: () => look.count('select count(*) from inbox'),
    askedAll: () => Promise.resolve(),
    close: async () => {
      await look.close();
      await program.close();
    },
  };
}

/** express, npm `alipay-sdk` and TypeORM; the SDK knows no MD5. */
export async function startTypicalStack({ server, keys, folder }: Surroundings): Promise<Subject> {
  const databaseUrl = await createDatabase(server.url, 'typical');
  const program = await startProgram(require.resolve('./typical-stack.js'), {
    logFile: join(folder, 'typical.log'),
    env: {
      DATABASE_URL: databaseUrl,
      SIGN_TYPE: keys.signType,
      ALIPAY_KEY: keys.alipayPublic,
      MERCHANT_KEY: keys.merchantPrivate,
    },
  });
  const look = await openLook(databaseUrl);
  return {
    pid: program.pid,
    notifyUrl: `${program.url}/alipay/notifications/none`,
    countKept: () => look.count('select count(*) from payments'),
    askedAll: () => Promise.resolve(),
    close: async () => {
      await look.close();
      await program.close();
    },
  };
}

/**
 * The product's API as `npm start` runs it: `all` with the workers in the same process and a
 * subscriber, `api` with the workers elsewhere (here nowhere: what is taken in stays in the inbox).
 */
export async function startMerchantApi(
  surroundings: Surroundings,
  role: 'all' | 'api',
  gatewayUrl: string,
): Promise<Subject> {
  const databaseUrl = await createDatabase(surroundings.server.url, `api_${role}`);
  const program = await startApiProgram(surroundings, { role, gatewayUrl, databaseUrl });
  try {
    return await attach(program, databaseUrl, role);
  } catch (error) {
    await program.close();
    throw error;
  }
}

/** The product alone, with whatever database and port. */
export function startApiProgram(
  { keys, folder, logLevel }: Omit<Surroundings, 'server'>,
  api: {
    readonly role: 'all' | 'api' | 'worker';
    readonly gatewayUrl: string;
    readonly databaseUrl: string;
    readonly port?: number;
    readonly gatewayTimeoutMs?: number;
    /** Of its log file, where several have one role. */
    readonly name?: string;
    /** A worker must be told where Alipay reaches the others. */
    readonly publicUrl?: string;
    readonly redisUrl?: string;
  },
): Promise<Program> {
  return startProgram(MERCHANT_API, {
    logFile: apiLogFile(folder, api.name ?? api.role),
    env: {
      ROLE: api.role,
      ...(api.publicUrl === undefined ? {} : { PUBLIC_URL: api.publicUrl }),
      ...(api.redisUrl === undefined ? {} : { REDIS_URL: api.redisUrl }),
      PORT: String(api.port ?? 0),
      DATABASE_URL: api.databaseUrl,
      ALIPAY_GATEWAY_URL: api.gatewayUrl,
      ALIPAY_PARTNER_ID: PARTNER_ID,
      ALIPAY_SIGN_TYPE: keys.signType,
      ...(keys.signType === 'MD5'
        ? { ALIPAY_MD5_KEY: keys.alipayPublic }
        : { ALIPAY_PRIVATE_KEY: keys.merchantPrivate, ALIPAY_PUBLIC_KEY: keys.alipayPublic }),
      AUTH_DEMO_TOKEN: TOKEN,
      // Counted as ever, but one caller stands for all tills here.
      RATE_LIMIT_PER_MINUTE: '10000000',
      CONNECTIONS_PER_CALLER: '100000',
      GATEWAY_TIMEOUT_MS: String(api.gatewayTimeoutMs ?? GATEWAY_TIMEOUT_MS),
      LOG_LEVEL: logLevel,
    },
  });
}

/** Where the product's process of this name writes its log. */
export function apiLogFile(folder: string, name: string): string {
  return join(folder, `api-${name}.log`);
}

async function attach(
  program: Program,
  databaseUrl: string,
  role: 'all' | 'api',
): Promise<Subject> {
  const [seeded] = await seedCodes(databaseUrl, 1);
  const token = seeded?.token ?? '';
  const subscriber = role === 'all' ? await subscribe(`${program.url}/graphql`, TOKEN) : undefined;
  const look = await openLook(databaseUrl);
  // Looked at seldom, and one row only: looking must not count as the product's work.
  const unasked = `select count(*) from (
    select from transactions where institution_check_at <= 'infinity'
    order by institution_check_at limit 1) as unasked`;
  return {
    pid: program.pid,
    notifyUrl: `${program.url}/alipay/notifications/${token}`,
    ...(subscriber === undefined ? {} : { subscriber }),
    countKept: () =>
      look.count(`select count(*) from notifications where status in ('RECEIVED', 'APPLIED')`),
    askedAll: (signal) =>
      untilTrue(async () => (await look.count(unasked)) === 0, {
        fact: 'every wallet is known',
        lookEveryMs: 500,
        signal,
      }),
    close: async () => {
      subscriber?.close();
      await look.close();
      await program.close();
    },
  };
}

/** Alipay, as far as the product has a question; see gateway-stub.ts. */
export function startGatewayStub({ keys, folder }: Surroundings): Promise<Program> {
  return startProgram(require.resolve('./gateway-stub.js'), {
    logFile: join(folder, 'gateway-stub.log'),
    env: { SIGN_TYPE: keys.signType, ALIPAY_PRIVATE_KEY: keys.alipayPrivate },
  });
}

export interface Look {
  count(sql: string, values?: readonly unknown[]): Promise<number>;
  /** Of a column named `text`. */
  texts(sql: string, values: readonly unknown[]): Promise<string[]>;
  close(): Promise<void>;
}

/** One connection of ours to a subject's database, for looking only. */
export async function openLook(databaseUrl: string): Promise<Look> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // the next look reports it
  await client.connect();
  return {
    count: async (sql, values = []) => {
      const { rows } = await client.query<{ count: string }>(sql, [...values]);
      return Number(rows[0]?.count);
    },
    texts: async (sql, values) => {
      const { rows } = await client.query<{ text: string }>(sql, [...values]);
      return rows.map(({ text }) => text);
    },
    close: () => client.end(),
  };
}
