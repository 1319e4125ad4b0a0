import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { createDatabase, startThrowawayPostgres } from '@countersign/postgres';

import { type SoakOptions } from './command-line-scale';
import { cpuMsOf, cpuMsOfFamily } from './cpu-time';
import { describeMachine, type Machine } from './describe-machine';
import { type TillsSample, type TillsVerdict } from './lasting-tills';
import { makeKeys } from './make-keys';
import { DURABLE } from './measure-notifications';
import { paySteadily } from './pay-steadily';
import { puttingUp, type PutUp } from './put-up';
import { residentMbOf } from './resident-memory';
import { seedCodes, type SeededCode } from './seed-codes';
import { createNotificationPress, type NotificationPress } from './sign-notifications';
import { type Replica, rollingRestart, tellBalancer } from './soak-site';
import { type Program, startProgram } from './start-program';
import { inOrder, percentile } from './statistics';
import {
  type Look,
  openLook,
  PARTNER_ID,
  startApiProgram,
  startGatewayStub,
  type Surroundings,
  TOKEN,
} from './subject';
import { untilTrue } from './until-true';

/** What one stretch of time was like. */
export interface SoakWindow {
  readonly endedAtSeconds: number;
  /** A rolling restart touched it. */
  readonly isDisturbed: boolean;
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of all processes of the product, in MB. */
  readonly residentMb: number | null;
  /** Of the API process that is never restarted. */
  readonly stayingMb: number | null;
  readonly connectedTills: number;
  readonly databaseConnections: number;
  /** Cores that the product, and PostgreSQL, kept busy. */
  readonly nodeCores: number | null;
  readonly postgresCores: number | null;
}

export interface SoakResult {
  readonly options: SoakOptions;
  readonly machine: Machine;
  readonly seconds: number;
  readonly payments: number;
  /** Posts that had to be repeated. */
  readonly refused: number;
  readonly rollingRestarts: number;
  readonly restartedProcesses: number;
  readonly comebacks: number;
  /** Streams that were refused, or broken in the middle, with an error. */
  readonly streamErrors: number;
  readonly windows: readonly SoakWindow[];
  readonly verdict: TillsVerdict;
  /** Payments on record that have no PAYMENT_RECEIVED, or more than one; and those not on record. */
  readonly booksWrong: number;
}

const TRIAL_SECONDS = 12;
const WINDOWS = 60;
const windowSecondsMin = 3;
const lookEveryMs = 250;
const STAYING = 'api-3';

/** What every part of the run has at hand. */
interface Site {
  readonly options: SoakOptions;
  readonly replicas: readonly Replica[];
  readonly balancer: Program;
  readonly tills: Program;
  readonly codes: readonly SeededCode[];
  readonly press: NotificationPress;
  readonly look: Look;
  readonly postgresPid: number;
  /** When each payment was first posted, and at which store, by its number. */
  readonly sent: Map<number, { readonly at: number; readonly store: number }>;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

export async function measureSoak(
  options: SoakOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<SoakResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell('starting PostgreSQL, three API processes, a worker and a proxy …');
    const server = await open(startThrowawayPostgres(DURABLE));
    const keys = makeKeys('RSA2');
    const surroundings = { server, keys, folder, logLevel: 'warn' };
    const gateway = await open(startGatewayStub(surroundings));
    const databaseUrl = await createDatabase(server.url, 'soak');
    const balancer = await open(
      startProgram(require.resolve('./balance.js'), {
        logFile: join(folder, 'balance.log'),
        env: {},
      }),
    );
    const where = { gatewayUrl: gateway.url, databaseUrl, publicUrl: balancer.url };
    const replicas = await startReplicas(open, surroundings, where);
    await tellBalancer(replicas, balancer);
    const codes = await seedCodes(databaseUrl, options.stores);
    const look = await open(openLook(databaseUrl));
    const machine = await describeMachine(server.url);

    tell(`connecting ${options.tills} tills of ${options.stores} stores …`);
    const tills = await open(
      startProgram(require.resolve('./lasting-tills.js'), {
        logFile: join(folder, 'lasting-tills.log'),
        env: {},
      }),
    );
    await tills.ask({
      type: 'open',
      graphqlUrl: `${balancer.url}/graphql`,
      token: TOKEN,
      tills: options.tills,
      storeIds: codes.map(({ storeId }) => Buffer.from(`Store:${storeId}`).toString('base64url')),
    });
    const press = createNotificationPress({
      signer: keys.alipaySigner,
      sellerId: PARTNER_ID,
      tellsWallet: true,
    });
    const site: Site = {
      options,
      replicas,
      balancer,
      tills,
      codes,
      press,
      look,
      postgresPid: server.pid,
      sent: new Map(),
      signal,
      tell,
    };
    await payEveryStoreOnce(site);
    return { options, machine, ...(await run(site)) };
  });
}

async function startReplicas(
  open: PutUp,
  surroundings: Surroundings,
  where: { readonly gatewayUrl: string; readonly databaseUrl: string; readonly publicUrl: string },
): Promise<Replica[]> {
  const places = [
    { name: 'api-1', role: 'api' },
    { name: 'api-2', role: 'api' },
    { name: STAYING, role: 'api' },
    { name: 'worker', role: 'worker' },
  ] as const;
  const replicas: Replica[] = [];
  for (const { name, role } of places) {
    const startNext = (): Promise<Program> =>
      startApiProgram(surroundings, { ...where, role, name });
    const replica: Replica = {
      role,
      isRolled: name !== STAYING,
      program: await startNext(),
      startNext,
    };
    replicas.push(replica);
    await open({ close: () => replica.program.close() });
  }
  return replicas;
}

/** So that every till has a cursor: one without begins anew when it comes back, as it was told. */
async function payEveryStoreOnce(site: Site): Promise<void> {
  const { options, tills, signal } = site;
  site.tell('a payment at every store …');
  await pay(site, options.stores / options.rate);
  await untilTrue(async () => (await judge(site)).withoutCursor === 0, {
    fact: 'every till has heard of a payment',
    lookEveryMs,
    signal,
  });
  await tills.ask({ type: 'sample' });
}

type Run = Omit<SoakResult, 'options' | 'machine'>;

async function run(site: Site): Promise<Run> {
  const { options, signal, tell } = site;
  const seconds = options.minutes === 0 ? TRIAL_SECONDS : options.minutes * 60;
  tell(`${options.rate} payments a second for ${seconds} s …`);
  const before = (await site.tills.ask({ type: 'sample' })) as TillsSample;
  const startedAt = performance.now();
  const over = new AbortController();
  const ending = AbortSignal.any([over.signal, signal]);
  const restarts = { done: 0, processes: 0, isUnderWay: false };
  const windows: SoakWindow[] = [];
  try {
    const [paid] = await Promise.all([
      pay(site, seconds).finally(() => {
        over.abort();
      }),
      restartAtTimes(site, restarts, seconds, ending),
      watch(site, { windows, restarts, seconds, startedAt, ending }),
    ]);
    tell('waiting for every till …');
    let verdict = await judge(site);
    await untilTrue(
      async () => {
        verdict = await judge(site);
        return verdict.missing === 0;
      },
      { fact: 'every till has heard of every payment of its store', lookEveryMs, signal },
    ).catch((error: unknown) => {
      if (signal.aborted) throw error; // else the verdict tells what is missing
    });
    const after = (await site.tills.ask({ type: 'sample' })) as TillsSample;
    return {
      seconds,
      payments: paid.payments,
      refused: paid.refused,
      rollingRestarts: restarts.done,
      restartedProcesses: restarts.processes,
      comebacks: after.comebacks - before.comebacks,
      streamErrors: after.errors - before.errors,
      windows,
      verdict,
      booksWrong: await countWrong(site),
    };
  } finally {
    over.abort();
  }
}

function pay(site: Site, seconds: number): ReturnType<typeof paySteadily> {
  const { balancer, press, options, codes, sent, signal } = site;
  return paySteadily({
    origin: balancer.url,
    press,
    perSecond: options.rate,
    seconds,
    signal,
    nextPath: ({ tradeNo }, at) => {
      const store = sent.size % codes.length;
      sent.set(Number(tradeNo.slice(-12)), { at, store });
      return `/alipay/notifications/${codes[store]?.token ?? ''}`;
    },
  });
}

interface Restarts {
  done: number;
  processes: number;
  isUnderWay: boolean;
}

/** A short run has one, in its middle. */
async function restartAtTimes(
  { options, replicas, balancer, tell }: Site,
  restarts: Restarts,
  seconds: number,
  ending: AbortSignal,
): Promise<void> {
  const everySeconds = Math.min(options.restartMinutes * 60, seconds / 2);
  for (let next = 1; next * everySeconds < seconds; next += 1) {
    const isOver = await pause(everySeconds * 1_000, false, { signal: ending }).catch(() => true);
    if (isOver) return;
    tell('rolling restart …');
    restarts.isUnderWay = true;
    restarts.processes += await rollingRestart(replicas, balancer);
    restarts.isUnderWay = false;
    restarts.done += 1;
  }
}

interface Watch {
  readonly windows: SoakWindow[];
  readonly restarts: Restarts;
  readonly seconds: number;
  readonly startedAt: number;
  readonly ending: AbortSignal;
}

async function watch(
  site: Site,
  { windows, restarts, seconds, startedAt, ending }: Watch,
): Promise<void> {
  const windowMs = Math.max(windowSecondsMin, seconds / WINDOWS) * 1_000;
  let restartsBefore = 0;
  let wasUnderWay = false;
  let cpuBefore = readCpu(site);
  while (!ending.aborted) {
    await pause(windowMs, undefined, { signal: ending }).catch(() => undefined);
    const { replicas, tills, look, sent, tell } = site;
    const sample = (await tills.ask({ type: 'sample' })) as TillsSample;
    const delays = delaysOf(sample.heard, sent);
    const memories = replicas.map(({ program }) => residentMbOf(program.pid));
    const cpu = readCpu(site);
    const staying = replicas.findIndex(({ isRolled }) => !isRolled);
    // Processes that came or went in between have counts that say nothing.
    const isDisturbed = wasUnderWay || restarts.isUnderWay || restarts.done > restartsBefore;
    const window: SoakWindow = {
      endedAtSeconds: (performance.now() - startedAt) / 1_000,
      isDisturbed,
      events: delays.length,
      p50Ms: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
      residentMb: sumOf(memories),
      stayingMb: memories[staying] ?? null,
      connectedTills: sample.connected,
      databaseConnections: await look.count(
        'select count(*) from pg_stat_activity where datname = current_database()',
      ),
      nodeCores: isDisturbed ? null : coresOf(cpu.node, cpuBefore.node, cpu.at - cpuBefore.at),
      postgresCores: coresOf(cpu.postgres, cpuBefore.postgres, cpu.at - cpuBefore.at),
    };
    // The last one may be a stump.
    if (cpu.at - cpuBefore.at >= windowMs / 2) windows.push(window);
    cpuBefore = cpu;
    restartsBefore = restarts.done;
    wasUnderWay = restarts.isUnderWay;
    tell(
      `${window.endedAtSeconds.toFixed(0)} s: p50 ${window.p50Ms.toFixed(0)} ms, p99 ${window.p99Ms.toFixed(0)} ms, ` +
        `${window.residentMb?.toFixed(0) ?? '–'} MB, ${window.connectedTills} tills`,
    );
  }
}

function delaysOf(heard: readonly number[], sent: Site['sent']): number[] {
  const delays: number[] = [];
  for (let index = 0; index < heard.length; index += 2) {
    const at = sent.get(heard[index] ?? 0)?.at;
    if (at !== undefined) delays.push((heard[index + 1] ?? Number.NaN) - at);
  }
  return inOrder(delays);
}

function judge({ tills, sent, options }: Site): Promise<TillsVerdict> {
  const paid: number[][] = Array.from({ length: options.stores }, () => []);
  for (const [number, { store }] of sent) paid[store]?.push(number);
  return tills.ask({ type: 'judge', paid }) as Promise<TillsVerdict>;
}

/** Payments without exactly one event, and those that were acknowledged and are not on record. */
async function countWrong({ look, sent }: Site): Promise<number> {
  const told = await look.count(
    `select count(*) from (
       select from transaction_events where type = 'PAYMENT_RECEIVED'
       group by transaction_id having count(*) = 1) as told`,
  );
  const events = await look.count(
    `select count(*) from transaction_events where type = 'PAYMENT_RECEIVED'`,
  );
  return Math.abs(sent.size - told) + Math.abs(events - told);
}

function readCpu({ replicas, postgresPid }: Site): {
  readonly at: number;
  readonly node: number | null;
  readonly postgres: number | null;
} {
  return {
    at: performance.now(),
    node: sumOf(replicas.map(({ program }) => cpuMsOf(program.pid))),
    postgres: cpuMsOfFamily(postgresPid),
  };
}

function coresOf(after: number | null, before: number | null, ms: number): number | null {
  return after === null || before === null ? null : (after - before) / ms;
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}
