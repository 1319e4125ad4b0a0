import { startGatewaySimulator } from '@countersign/gateway-simulator';
import {
  askPayingWallets,
  confirmQuarantined,
  type Domain,
  ownerCaller,
  settlePendingCancels,
  settlePendingQrCodes,
  settlePendingRefunds,
} from '@countersign/merchant-domain';
import { createTestDatabase } from '@countersign/postgres';
import { Client } from 'pg';

import { type Choose, interleave, type Run } from './interleave';
import { hear, type Letterbox, openLetterbox } from './interleave-letters';
import { openDomain, openSession, type Session } from './interleave-session';
import { GATEWAY_KEYS, PARTNER_ID } from './keys';
import { migrate } from './migrate';
import { createSimulatorControl, type SimulatorControl } from './simulator-control';

export const OWNER = ownerCaller('owner');

/** A database, the gateway, and sessions whose every step can be held. */
export interface Site {
  /** For whatever stands outside of the interleaving: it is never held. */
  readonly domain: Domain;
  readonly gateway: SimulatorControl;
  readonly letterbox: Letterbox;
  readonly rows: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** What was logged as an error since the run began. */
  readonly errors: readonly string[];
  interleave(deeds: Deeds, choose: Choose): Promise<Run>;
  /** By the clock of all sessions, calls that may be under way are no longer waited for. */
  endLeases(): void;
  /** Hears what is still unheard, and asks until nothing is open any more. */
  settle(tradeNos: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What each session does; its name has one letter. */
export type Deeds = Readonly<Record<string, (domain: Domain) => Promise<unknown>>>;

const SESSIONS = ['a', 'b', 'c'];
/** Longer than the lease of a call that may be under way. */
const LEASE_IS_OVER_MS = 60_000;
const SETTLING_TURNS_MAX = 6;

export async function openSite(gatewayUrl?: string): Promise<Site> {
  const testDatabase = await createTestDatabase(migrate);
  const simulator = await startGatewaySimulator({ partnerId: PARTNER_ID, ...GATEWAY_KEYS });
  const control = createSimulatorControl(() => simulator.controlUrl);
  const offsetMs = untilNoonInBeijing(Date.now());
  await control.call('POST /clock', { offsetMs });
  const letterbox = await openLetterbox();
  const watcher = new Client({ connectionString: testDatabase.url });
  await watcher.connect();
  const rows = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await watcher.query<Row>(text, values)).rows;
  const errors: string[] = [];
  let aheadMs = 0;
  let settlingAheadMs = 0;
  const gatewayAddress = gatewayUrl ?? simulator.gatewayUrl;
  const world = { letterbox, errors };

  const outside = await openDomain(testDatabase.url, gatewayAddress, {
    ...world,
    now: () => new Date(Date.now() + offsetMs + aheadMs + settlingAheadMs),
  });
  const sessions = new Map<string, Session>();
  for (const name of SESSIONS) {
    const now = (): Date => new Date(Date.now() + offsetMs + aheadMs);
    sessions.set(name, await openSession(testDatabase.url, gatewayAddress, { ...world, now }));
  }
  const sessionOf = (name: string): Session => {
    const session = sessions.get(name);
    if (session === undefined) throw new Error(`there is no session ${name}`);
    return session;
  };

  return {
    domain: outside.domain,
    gateway: control,
    letterbox,
    rows,
    errors,
    interleave: (deeds, choose) => {
      errors.length = 0;
      const names = Object.keys(deeds);
      return interleave({
        gates: Object.fromEntries(names.map((name) => [name, sessionOf(name).gate])),
        deeds: Object.fromEntries(
          Object.entries(deeds).map(([name, deed]) => [name, () => deed(sessionOf(name).domain)]),
        ),
        choose,
        countWaiting: async () => (await rows(WAITING)).length,
      });
    },
    endLeases: () => {
      aheadMs = LEASE_IS_OVER_MS;
    },
    settle: async (tradeNos) => {
      await control.endFaults();
      const { domain } = outside;
      for (let turn = 1; ; turn += 1) {
        settlingAheadMs = turn * 2 * LEASE_IS_OVER_MS;
        await hear(
          domain,
          tradeNos.flatMap((tradeNo) => letterbox.about(tradeNo)),
        );
        await confirmQuarantined(domain, { limit: 100 });
        await settlePendingRefunds(domain, { limit: 100 });
        await settlePendingCancels(domain, { limit: 100 });
        await settlePendingQrCodes(domain, { limit: 100 });
        await askPayingWallets(domain, { limit: 100 });
        if ((await rows(OPEN)).length === 0) break;
        if (turn === SETTLING_TURNS_MAX) throw new Error('something stays open for ever');
      }
      settlingAheadMs = 0;
      aheadMs = 0;
    },
    close: async () => {
      for (const session of sessions.values()) await session.close();
      await outside.close();
      await watcher.end();
      await letterbox.close();
      await simulator.close();
      await testDatabase.drop();
    },
  };
}

/** Not wait_event alone: who was given the lock a moment ago still shows it. */
const WAITING = /* sql */ `select from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'
    and cardinality(pg_blocking_pids(pid)) > 0`;

const OPEN = /* sql */ `
  select from refunds where status = 'PENDING'
  union all select from transactions where cancel_status = 'PENDING' or institution_check_at is not null
  union all select from qr_codes where pending_change is not null
  union all select from notifications where status <> 'APPLIED'`;

/** The afternoon is before us: nothing here meets the midnight that ends a cancel's window. */
function untilNoonInBeijing(now: number): number {
  const hourMs = 60 * 60_000;
  return 12 * hourMs - ((now + 8 * hourMs) % (24 * hourMs));
}
