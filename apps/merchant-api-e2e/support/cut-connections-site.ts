import type { Fields } from '@countersign/alipay-protocol';
import { Pool } from 'pg';

import { type CuttingProxy, type Cut, openCuttingProxy } from './cutting-proxy';
import type { ProbedExchange } from './cut-connections-places';
import { waitFor } from './wait-for';
import { startWorld, type World, type WorldOptions } from './world';

/** A world behind a proxy that cuts what it is told to, with a clock that stands until it is moved. */
export interface CutSite {
  readonly world: World;
  readonly proxy: CuttingProxy;
  /** What becomes of the next exchanges about a deed, the first of them first; then they pass. */
  plan(service: string, id: string, cuts: readonly (Cut | undefined)[]): void;
  /** The last whole exchange with the service. */
  lastOf(service: string): ProbedExchange;
  readonly rows: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** For the API, its worker and the gateway alike. */
  passTime(milliseconds: number): void;
  /** Noon in Beijing, of the next day. */
  passToNextNoon(): void;
  /** Moves the clock until nothing is open any more, or nothing but what is named. */
  settle(stillOpen?: number): Promise<void>;
  close(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const NOON_IN_BEIJING_MS = 4 * 60 * 60 * 1000;
/**
 * With each look: two minutes for each turn of the worker, so that every pause is soon over, and
 * never the half hour after which a call that is under way on a busy machine is too old. While refunds are
 * under way no time passes: on such a machine their leases would end before their calls, again and again.
 */
const LOOK_MS = 15_000;
/** For a machine that does much else meanwhile; a test's own bound may be nearer. */
const SETTLED_WITHIN_MS = 600_000;

const OPEN = `select (select count(*) from refunds where status = 'PENDING')
  + (select count(*) from transactions where cancel_status = 'PENDING')
  + (select count(*) from qr_codes where pending_change is not null) as open,
  (select count(*) from refunds where in_flight_until > $1) as under_way`;

export async function openCutSite(options: WorldOptions = {}): Promise<CutSite> {
  let nowMs = nextNoon(Date.now());
  const now = (): Date => new Date(nowMs);
  const plans = new Map<string, (Cut | undefined)[]>();
  const seen = new Map<string, ProbedExchange>();
  const requests = new WeakMap<object, Buffer>();
  let proxy: CuttingProxy | undefined;
  const world = await startWorld({
    ...options,
    now,
    simulator: { ...options.simulator, now },
    through: {
      gateway: async (url) => {
        proxy = await openCuttingProxy(url, {
          cutOf: (exchange, request) => {
            requests.set(exchange, request);
            return plans.get(nameOf(exchange.fields))?.shift();
          },
          heard: (exchange, answer) => {
            const request = requests.get(exchange) ?? Buffer.alloc(0);
            seen.set(exchange.fields['service'] ?? '', { request, answer });
          },
        });
        return proxy.url;
      },
    },
  });
  if (proxy === undefined) throw new Error('the world does not stand behind the proxy');
  const openedProxy = proxy;
  const pool = new Pool({ connectionString: world.databaseUrl, max: 4 });
  const rows: CutSite['rows'] = async (text, values = []) =>
    (await pool.query<never>(text, values)).rows;

  return {
    world,
    proxy: openedProxy,
    plan: (service, id, cuts) => plans.set(`${service} ${id}`, [...cuts]),
    lastOf: (service) => {
      const exchange = seen.get(service);
      if (exchange === undefined) throw new Error(`${service} was never answered`);
      return exchange;
    },
    rows,
    passTime: (milliseconds) => {
      nowMs += milliseconds;
    },
    passToNextNoon: () => {
      nowMs = nextNoon(nowMs);
    },
    settle: async (stillOpen = 0) => {
      await waitFor(
        `no more than ${stillOpen} deeds open`,
        async () => {
          const [found] = await rows<{ open: string; under_way: string }>(OPEN, [now()]);
          // What stays open is not told of before its repeat has had its answer, which may be silence.
          if (found?.under_way !== '0') return false;
          nowMs += LOOK_MS;
          return Number(found.open) <= stillOpen;
        },
        { withinMs: SETTLED_WITHIN_MS },
      );
    },
    close: async () => {
      await pool.end();
      await world.close();
      await openedProxy.close();
    },
  };
}

/** What an exchange is about, by the one of its numbers that no other deed of a test has. */
export function nameOf(fields: Fields): string {
  const id =
    fields['partner_refund_id'] ??
    fields['out_return_no'] ??
    fields['qrcode'] ??
    fields['store_id'] ??
    fields['out_trade_no'] ??
    fields['partner_trans_id'];
  return `${fields['service'] ?? ''} ${id ?? ''}`;
}

function nextNoon(milliseconds: number): number {
  return (Math.floor(milliseconds / DAY_MS) + 1) * DAY_MS + NOON_IN_BEIJING_MS;
}
