import { createAlipayClient } from '@countersign/alipay-services';
import { createStatementServer } from '@countersign/alipay-services/sftp';
import { readConfig } from '@countersign/merchant-api';
import {
  askPayingWallets,
  confirmQuarantined,
  type Domain,
  type DomainLog,
  openDatabase,
  processNotifications,
  recordGatewayCall,
  settlePendingCancels,
  settlePendingRefunds,
  type StatementFolder,
} from '@countersign/merchant-domain';
import { Pool } from 'pg';
import { uuidv7 } from 'uuidv7';

import { type Elsewhere, openElsewhere } from '../elsewhere';
import { merchantEnvironment, TOKEN } from '../keys';
import { type Counter } from '../merchant';
import { openPipe, type Pipe } from '../model/pipe';
import type { BookedTrade } from '../simulator-control';
import { waitFor } from '../wait-for';
import { startWorld, type World } from '../world';

/** A gateway, its file server and the product, all of whom live by one clock that tests set. */
export interface DayWorld extends Pick<
  World,
  'graphql' | 'merchant' | 'gateway' | 'gatewayUrl' | 'apiUrl'
> {
  readonly databaseUrl: string;
  readonly counters: readonly DayCounter[];
  /** The product's own worker, whose turns a test takes. */
  readonly domain: Domain;
  /** The wire to the API's database, which can be cut. */
  readonly databasePipe: Pipe;
  readonly statementFiles: StatementFolder;
  readonly elsewhere: Elsewhere;
  now(): Date;
  /** Never back. */
  setTime(instant: Date): void;
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Reads what Alipay has sent. */
  readInbox(): Promise<void>;
  /** One turn of the background, until nothing is due. */
  turn(): Promise<void>;
  /** Waits until all that a trade gave occasion to has been sent, or lost on its way. */
  mailSent(tradeNo: string): Promise<BookedTrade>;
  /** What the product complained of since it was last asked. */
  takeComplaints(): string[];
  close(): Promise<void>;
}

export interface DayCounter extends Counter {
  readonly currency: string;
  /** Whether a line, which names the merchant alone, tells where it was paid. */
  readonly isOnlyOne: boolean;
}

const PASSWORD = 'statement-password';
/** Nothing is sent again by itself: when a late message comes is part of the plan. */
const NEVER_AGAIN = 0.000_1;
const TURN_MAX = 100;

export async function openDayWorld(start: Date): Promise<DayWorld> {
  let now = start;
  const clock = { now: (): Date => now, newId: uuidv7 };
  const pipes: Pipe[] = [];
  const world = await startWorld({
    worker: 'apart',
    now: clock.now,
    simulator: { sftp: { password: PASSWORD }, timeScale: NEVER_AGAIN, now: clock.now },
    through: {
      database: async (url) => {
        const pipe = await openPipe(() => Number(new URL(url).port));
        pipes.push(pipe);
        return pipe.through(url);
      },
    },
  });
  const [databasePipe] = pipes;
  if (databasePipe === undefined) throw new Error('there is no wire to the database');
  const pool = new Pool({
    connectionString: world.databaseUrl,
    max: 2,
    options: '-c datestyle=ISO', // whatever the server prefers
  });
  const complaints: string[] = [];
  const {
    domain,
    statementFiles,
    close: closeWorker,
  } = await openWorker(world, clock, complainTo(complaints));
  const counters = await openCounters(world);
  const elsewhere = openElsewhere(world.gatewayUrl, clock.now);
  await world.gateway.call('POST /variants', { asyncRefund: 'held' });
  let told = 0;

  const readInbox = async (): Promise<void> => {
    for (let left = 1; left > 0;) {
      left = (await processNotifications(domain, { limit: TURN_MAX })).processed;
    }
  };
  return {
    graphql: world.graphql,
    merchant: world.merchant,
    gateway: world.gateway,
    apiUrl: world.apiUrl,
    gatewayUrl: world.gatewayUrl,
    databaseUrl: world.databaseUrl,
    ...{ counters, domain, databasePipe, statementFiles, elsewhere },
    now: clock.now,
    setTime: (instant) => {
      if (instant > now) now = instant;
    },
    rows: async (text, values = []) => (await pool.query<never>(text, [...values])).rows,
    readInbox,
    turn: async () => {
      await readInbox();
      await confirmQuarantined(domain, { limit: TURN_MAX });
      await settlePendingRefunds(domain, { limit: TURN_MAX });
      await settlePendingCancels(domain, { limit: TURN_MAX });
      await askPayingWallets(domain, { limit: TURN_MAX });
    },
    mailSent: (tradeNo) =>
      waitFor(`the messages of ${tradeNo}`, async () => {
        const trade = await world.gateway.bookedTrade(tradeNo);
        return trade.notifications.every(({ sends }) => sends.length > 0) && trade;
      }),
    takeComplaints: () => {
      const fresh = world.logged.slice(told);
      told = world.logged.length;
      return [
        ...complaints.splice(0),
        ...fresh.filter(({ level }) => level === 'error').map(inWords),
      ];
    },
    close: async () => {
      await elsewhere.alipay.close();
      await closeWorker();
      await pool.end();
      await world.close();
      await databasePipe.close();
    },
  };
}

interface Clock {
  readonly now: () => Date;
  readonly newId: () => string;
}

/** What a worker process has, without its loops. */
async function openWorker(
  world: World,
  clock: Clock,
  log: DomainLog,
): Promise<{ domain: Domain; statementFiles: StatementFolder; close: () => Promise<void> }> {
  const { gateway, statementServer } = readConfig({
    ...merchantEnvironment('RSA2'),
    ...world.statementServer,
    DATABASE_URL: world.databaseUrl,
    ALIPAY_GATEWAY_URL: world.gatewayUrl,
    AUTH_DEMO_TOKEN: TOKEN,
  });
  if (statementServer === null) throw new Error('there is no server of statements');
  const database = await openDatabase({ url: world.databaseUrl });
  const alipay = createAlipayClient({
    gatewayUrl: gateway.url,
    partnerId: gateway.partnerId,
    ...gateway.keys,
    byService: gateway.keysByService,
    now: clock.now,
    timeoutMs: gateway.timeoutMs,
    onCall: recordGatewayCall(database, { newId: clock.newId, log }),
  });
  return {
    domain: { ...clock, database, alipay, log, gatewayTimeoutMs: gateway.timeoutMs },
    statementFiles: createStatementServer(statementServer),
    close: async () => {
      await alipay.close();
      await database.close();
    },
  };
}

/** A merchant with one code, one with two shops and currencies, and one who takes yen. */
async function openCounters({ merchant }: World): Promise<DayCounter[]> {
  const one = await merchant.openCounter({}, money('HKD'), { alipayMerchantId: 'M_ONE' });
  const yen = await merchant.openCounter({}, money('JPY'), { alipayMerchantId: 'M_YEN' });
  const many = await merchant.openCounter({}, money('HKD'), { alipayMerchantId: 'M_MANY' });
  const store = await merchant.registerStore(many.merchant.id, { name: '九龍店' });
  const { qrCode } = await merchant.createQrCode({ storeId: store.id, ...money('CNY') });
  if (qrCode === null) throw new Error('the second shop has no code');
  return [
    { ...one, currency: 'HKD', isOnlyOne: true },
    { ...yen, currency: 'JPY', isOnlyOne: true },
    { ...many, currency: 'HKD', isOnlyOne: false },
    { merchant: many.merchant, store, qrCode, currency: 'CNY', isOnlyOne: false },
  ];
}

function money(currency: string): { transactionCurrency: string; settlementCurrency: string } {
  return { transactionCurrency: currency, settlementCurrency: currency };
}

function complainTo(complaints: string[]): DomainLog {
  return {
    info: () => undefined,
    warn: () => undefined,
    error: (fact, ids = {}) => {
      complaints.push(inWords({ fact, ids }));
    },
  };
}

function inWords({ fact, ids }: { readonly fact: string; readonly ids: object }): string {
  return `${fact} ${JSON.stringify(ids, asText)}`;
}

function asText(_name: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
