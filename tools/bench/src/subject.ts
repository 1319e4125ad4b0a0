import { join, resolve } from 'node:path';

import { createDatabase, type PostgresServer } from '@countersign/postgres';
import { openDatabase } from '@countersign/merchant-domain';
import { Client } from 'pg';

import { type Keys } from './make-keys';
import { seedCode } from './seed-code';
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
const TOKEN = 'benchmark-token-0123456789';
const GATEWAY_TIMEOUT_MS = 5_000;
const MERCHANT_API = resolve(__dirname, '../../../apps/merchant-api/dist/main.js');

export async function startBareLoop(
  { server, keys, folder }: Surroundings,
  inserts: 'together' | 'alone',
): Promise<Subject> {
  const name = `bare_${inserts}`;
  const databaseUrl = await createDatabase(server.url, name);
  const look = await openLook(databaseUrl);
  const program = await startProgram(join(__dirname, 'bare-loop.js'), {
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

/**
 * The product's API as `npm start` runs it: `all` with the workers in the same process and a
 * subscriber, `api` with the workers elsewhere (here nowhere: what is taken in stays in the inbox).
 */
export async function startMerchantApi(
  surroundings: Surroundings,
  role: 'all' | 'api',
  gatewayUrl: string,
): Promise<Subject> {
  const { server, keys, folder, logLevel } = surroundings;
  const databaseUrl = await createDatabase(server.url, `api_${role}`);
  const program = await startProgram(MERCHANT_API, {
    logFile: join(folder, `api-${role}.log`),
    env: {
      ROLE: role,
      PORT: '0',
      DATABASE_URL: databaseUrl,
      ALIPAY_GATEWAY_URL: gatewayUrl,
      ALIPAY_PARTNER_ID: PARTNER_ID,
      ALIPAY_SIGN_TYPE: keys.signType,
      ...(keys.signType === 'MD5'
        ? { ALIPAY_MD5_KEY: keys.alipayPublic }
        : { ALIPAY_PRIVATE_KEY: keys.merchantPrivate, ALIPAY_PUBLIC_KEY: keys.alipayPublic }),
      AUTH_DEMO_TOKEN: TOKEN,
      GATEWAY_TIMEOUT_MS: String(GATEWAY_TIMEOUT_MS),
      LOG_LEVEL: logLevel,
    },
  });
  try {
    return await attach(program, databaseUrl, role);
  } catch (error) {
    await program.close();
    throw error;
  }
}

async function attach(
  program: Program,
  databaseUrl: string,
  role: 'all' | 'api',
): Promise<Subject> {
  const database = await openDatabase({ url: databaseUrl, connectionsMax: 1 });
  const token = await seedCode(database).finally(() => database.close());
  const subscriber = role === 'all' ? await subscribe(`${program.url}/graphql`, TOKEN) : undefined;
  const look = await openLook(databaseUrl);
  // Looked at seldom, and one row only: looking must not count as the product's work.
  const unasked = `select count(*) from
    (select from transactions where institution_check_at is not null limit 1) as unasked`;
  return {
    pid: program.pid,
    notifyUrl: `${program.url}/alipay/notifications/${token}`,
    ...(subscriber === undefined ? {} : { subscriber }),
    countKept: () =>
      look.count(`select count(*) from notifications where status in ('RECEIVED', 'APPLIED')`),
    askedAll: (signal) =>
      untilTrue(async () => (await look.count(unasked)) === 0, {
        fact: 'every wallet is known',
        lookEveryMs: 250,
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
  return startProgram(join(__dirname, 'gateway-stub.js'), {
    logFile: join(folder, 'gateway-stub.log'),
    env: { SIGN_TYPE: keys.signType, ALIPAY_PRIVATE_KEY: keys.alipayPrivate },
  });
}

/** One connection of ours to a subject's database, for looking only. */
async function openLook(
  databaseUrl: string,
): Promise<{ count(sql: string): Promise<number>; close(): Promise<void> }> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // the next look reports it
  await client.connect();
  return {
    count: async (sql) => {
      const { rows } = await client.query<{ count: string }>(sql);
      return Number(rows[0]?.count);
    },
    close: () => client.end(),
  };
}
