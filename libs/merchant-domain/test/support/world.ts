import { createAlipayClient } from '@countersign/alipay-services';
import { createTestDatabase } from '@countersign/postgres';
import { uuidv7 } from 'uuidv7';

import { type Database, openDatabase } from '../../src/database/open-database';
import { type Caller, type Domain, type DomainLog, ownerCaller, type Role } from '../../src/domain';
import { type ScriptedGateway, gatewaySigner, gatewayVerifier, startGateway } from './gateway';

/** A clock that stands still until the test moves it. */
export interface TestClock {
  readonly now: () => Date;
  advance(milliseconds: number): void;
  set(instant: Date): void;
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fact: string;
  readonly ids: Record<string, unknown>;
}

/** A merchant's whole world: a fresh database, a gateway to script, a clock to move. */
export interface World {
  readonly domain: Domain;
  readonly database: Database;
  readonly gateway: ScriptedGateway;
  readonly clock: TestClock;
  readonly log: readonly LogLine[];
  readonly owner: Caller;
  /** Empties the books, the gateway's script and the log, and puts the clock back. */
  startAfresh(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions extends Partial<Omit<Domain, 'database' | 'alipay' | 'now' | 'log'>> {
  /** How long the client waits for an answer; short, for calls that get none. */
  readonly clientTimeoutMs?: number;
  /** How long a statement may take, for a test in which one takes long. */
  readonly statementTimeoutMs?: number;
  /** Books that lie elsewhere than on the server of the run, and outlive this world. */
  readonly books?: { readonly url: string; readonly replicaUrls: readonly string[] };
}

export const PARTNER_ID = '2088000000000001';
/** The afternoon of a business day in Hong Kong. */
export const WORLD_BEGINS = new Date('2026-01-02T07:04:05.000Z');

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const { clientTimeoutMs = 1_500, statementTimeoutMs, books, ...domainOptions } = options;
  const clock = startClock();
  const log: LogLine[] = [];
  const gateway = await startGateway();
  const testDatabase = books === undefined ? await createTestDatabase(migrateTemplate) : undefined;
  const domainLog: DomainLog = {
    info: (fact, ids = {}) => log.push({ level: 'info', fact, ids }),
    warn: (fact, ids = {}) => log.push({ level: 'warn', fact, ids }),
    error: (fact, ids = {}) => log.push({ level: 'error', fact, ids }),
  };
  const database = await openDatabase({
    ...(books ?? { url: testDatabase?.url ?? '' }),
    ...(statementTimeoutMs === undefined ? {} : { statementTimeoutMs }),
    log: domainLog,
  });

  const alipay = createAlipayClient({
    gatewayUrl: gateway.url,
    partnerId: PARTNER_ID,
    signer: gatewaySigner,
    verifier: gatewayVerifier,
    now: clock.now,
    timeoutMs: clientTimeoutMs,
  });
  const domain: Domain = {
    database,
    alipay,
    now: clock.now,
    newId: uuidv7,
    notifyUrl: (token) => `https://shop.example/alipay/notifications/${token}`,
    log: domainLog,
    ...domainOptions,
  };

  return {
    domain,
    database,
    gateway,
    clock,
    log,
    owner: ownerCaller('owner@shop.example'),
    startAfresh: async () => {
      await database.manager.query(
        `truncate merchants, stores, qr_codes, transactions, refunds, notifications,
                  transaction_events, gateway_calls, statements, statement_parts,
                  statement_lines, discrepancies, restorations, api_keys restart identity`,
      );
      gateway.forget();
      log.length = 0;
      clock.set(WORLD_BEGINS);
    },
    close: async () => {
      await gateway.close();
      await alipay.close();
      await database.close();
      await testDatabase?.drop();
    },
  };
}

async function migrateTemplate(url: string): Promise<void> {
  const database = await openDatabase({ url, migrate: true });
  // A copy would find that it was restored.
  await database.manager.query('update deployment set database_identity = null');
  await database.close();
}

function startClock(): TestClock {
  let instant = WORLD_BEGINS.getTime();
  return {
    now: () => new Date(instant),
    advance: (milliseconds) => {
      instant += milliseconds;
    },
    set: (moment) => {
      instant = moment.getTime();
    },
  };
}

/** A caller of one role; by default it sees every store and has no refund limit. */
export function callerOf(role: Role, rights: Partial<Caller> = {}): Caller {
  return {
    subject: `${role.toLowerCase()}@shop.example`,
    role,
    storeIds: null,
    refundLimit: null,
    ...rights,
  };
}

/** The same world, in which whoever has put something on record is held up for a minute: longer than a lease. */
export function heldUpDomain({ domain, database, clock }: World): Domain {
  const atomically: typeof database.atomically = async (...given) => {
    const result = await database.atomically(...given);
    clock.advance(60_000);
    return result;
  };
  return { ...domain, database: { ...database, atomically } };
}
