import { Client } from 'pg';

import { type Victim, openNursery, openVictim } from './crash-points-process';
import { type StatementWatch, watchStatements } from './crash-points-statements';
import { merchantEnvironment, TOKEN } from './keys';
import { waitFor } from './wait-for';
import { startWorld, type World } from './world';

/** A world whose API and worker are processes that die and come back, at a time that can be moved. */
export interface CrashSite {
  readonly world: World;
  readonly api: Mortal;
  readonly worker: Mortal;
  readonly rows: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** For the API, the worker and the gateway alike. */
  passTime(milliseconds: number): Promise<void>;
  /** Waits until nothing is pending, unread or unasked, and every message is acknowledged. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface Mortal extends Victim {
  readonly watch: StatementWatch;
  /** What it asks of the database with nothing to do: no part of any flow. */
  readonly idle: ReadonlySet<string>;
}

const GATEWAY_TIMEOUT_MS = '1000';
/** Longer than the lease of a deed whose process died. */
const LEASE_IS_OVER_MS = 15_000;

export async function openCrashSite(): Promise<CrashSite> {
  const world = await startWorld();
  await world.stopApi();
  const env = {
    ALIPAY_GATEWAY_URL: world.gatewayUrl,
    GATEWAY_TIMEOUT_MS,
    AUTH_DEMO_TOKEN: TOKEN,
    LOG_LEVEL: 'info',
    PUBLIC_URL: world.apiUrl,
    ...merchantEnvironment('RSA2'),
  };
  const nursery = openNursery();
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  const rows = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(text, values)).rows;

  const start = async (role: 'api' | 'worker', poll: RegExp): Promise<Mortal> => {
    const port = role === 'api' ? new URL(world.apiUrl).port : '0';
    const victim = await openVictim(world.databaseUrl, nursery, { ...env, ROLE: role, PORT: port });
    const watch = watchStatements(victim.proxy);
    await victim.start();
    watch.begin();
    const polls = (): number =>
      watch.steps().filter(({ statement }) => poll.test(statement)).length;
    await waitFor(`the ${role} at rest`, () => polls() > 0);
    return { ...victim, watch, idle: new Set(watch.steps().map(({ statement }) => statement)) };
  };
  const [api, worker] = await Promise.all([
    start('api', /from "?transaction_events/i),
    start('worker', /^update notifications/i),
  ]);

  let aheadMs = 0;
  const passTime = async (milliseconds: number): Promise<void> => {
    aheadMs += milliseconds;
    api.setClock(aheadMs);
    worker.setClock(aheadMs);
    await world.gateway.call('POST /clock', { offsetMs: aheadMs });
  };
  return {
    world,
    api,
    worker,
    rows,
    passTime,
    settle: async () => {
      await world.gateway.endFaults();
      await leaveMidnightAlone(passTime, Date.now() + aheadMs);
      await passTime(LEASE_IS_OVER_MS);
      await waitFor('nothing open any more', async () => {
        const [open] = await rows<{ open: string }>(OPEN);
        return open?.open === '0' && (await isAllHeard(world));
      });
    },
    close: async () => {
      await Promise.all([api.close(), worker.close(), nursery.close(), client.end()]);
      await world.close();
    },
  };
}

const OPEN = /* sql */ `select
  (select count(*) from refunds where status = 'PENDING') +
  (select count(*) from transactions
   where cancel_status = 'PENDING' or institution_check_at is not null) +
  (select count(*) from qr_codes where pending_change is not null) +
  (select count(*) from notifications where status <> 'APPLIED') as open`;

async function isAllHeard({ gateway }: World): Promise<boolean> {
  const trades = await gateway.books();
  return trades.every(({ notifications }) => notifications.every((sent) => sent.acknowledged));
}

/** A payment can be cancelled until the Beijing midnight: none is made shortly before it. */
async function leaveMidnightAlone(
  passTime: (milliseconds: number) => Promise<void>,
  now: number,
): Promise<void> {
  const dayMs = 24 * 60 * 60_000;
  const margin = 10 * 60_000;
  const leftMs = dayMs - ((now + 8 * 60 * 60_000) % dayMs);
  if (leftMs < margin) await passTime(leftMs);
}
