import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { createDatabase, startThrowawayPostgres } from '@countersign/postgres';

import { type ReplicasOptions } from './command-line-scale';
import { cpuMsOf, cpuMsOfFamily } from './cpu-time';
import { describeMachine, type Machine } from './describe-machine';
import { makeKeys } from './make-keys';
import { DURABLE } from './measure-notifications';
import { postBackToBack } from './post-notifications';
import { puttingUp, type PutUp } from './put-up';
import { seedCodes } from './seed-codes';
import {
  createNotificationPress,
  type NotificationPress,
  type SignedNotification,
} from './sign-notifications';
import { type Program } from './start-program';
import { startRedis } from './start-redis';
import { inOrder, percentile } from './statistics';
import {
  openLook,
  PARTNER_ID,
  startApiProgram,
  startGatewayStub,
  type Surroundings,
  TOKEN,
} from './subject';
import { subscribe, type Subscriber } from './subscriber';

export interface ReplicaRound {
  readonly accepted: number;
  readonly refused: number;
  readonly acceptedPerSecond: number;
  /** Made a payment of, and heard of by a subscriber of each API process. */
  readonly pushedPerSecond: number;
  /** How often a subscriber was sent away as too slow, and came back. */
  readonly comebacks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of all processes of the product for one notification, in µs. */
  readonly nodeCpuUs: number | null;
  readonly postgresCpuUs: number | null;
  /** Transactions of the database for one notification. */
  readonly commits: number;
}

export type ReplicasSide = 'together' | 'togetherAgain' | 'apart' | 'apartWithRedis';

export interface ReplicasResult {
  readonly options: ReplicasOptions;
  readonly machine: Machine;
  /** Without the last side where no Redis is installed. */
  readonly sides: Readonly<Partial<Record<ReplicasSide, readonly ReplicaRound[]>>>;
}

/** The product on a database of its own, as one process or as several. */
interface Site {
  readonly pids: readonly number[];
  /** Where Alipay would post: both halves of what is posted. */
  readonly notifyUrls: readonly [string, string];
  /** One at each API process; two at the one that does everything. */
  readonly subscribers: readonly Subscriber[];
  countKept(): Promise<number>;
  countCommits(): Promise<number>;
}

const WARM_UP = 3_000;
const WARM_UP_SECONDS = 30;
/** A pile for a little more than the fastest round so far. */
const RESERVE = 1.3;
const PILE_MAX = 50_000;
/** PostgreSQL counts transactions at most a second late. */
const statisticsLateMs = 1_100;

export async function measureReplicas(
  options: ReplicasOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<ReplicasResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell('starting PostgreSQL and the processes …');
    const server = await open(startThrowawayPostgres(DURABLE));
    const keys = makeKeys('RSA2');
    const surroundings = { server, keys, folder, logLevel: 'info' };
    const gateway = await open(startGatewayStub(surroundings));
    const machine = await describeMachine(server.url);
    const redis = await startRedis(folder, signal);
    if (redis === undefined) tell('redis-server is not installed: measured without it');
    else await open(redis);

    const how = { open, surroundings, gatewayUrl: gateway.url };
    const together = await startSite(how, { name: 'together' });
    const apart = await startSite(how, { name: 'apart' });
    const sides: [ReplicasSide, Site][] = [
      ['together', together],
      ['apart', apart],
      ...(redis === undefined ? [] : [await withRedis(how, redis.url)]),
      ['togetherAgain', together],
    ];
    const press = createNotificationPress({
      signer: keys.alipaySigner,
      sellerId: PARTNER_ID,
      tellsWallet: true,
    });
    const rounds = await interleave(sides, press, {
      ...options,
      postgresPid: server.pid,
      signal,
      tell,
    });
    return { options, machine, sides: rounds };
  });
}

async function withRedis(how: StartSite, redisUrl: string): Promise<[ReplicasSide, Site]> {
  return ['apartWithRedis', await startSite(how, { name: 'redis', redisUrl })];
}

interface StartSite {
  readonly open: PutUp;
  readonly surroundings: Surroundings;
  readonly gatewayUrl: string;
}

async function startSite(
  { open, surroundings, gatewayUrl }: StartSite,
  { name, redisUrl }: { readonly name: 'together' | 'apart' | 'redis'; readonly redisUrl?: string },
): Promise<Site> {
  const databaseUrl = await createDatabase(surroundings.server.url, name);
  const start = (role: 'all' | 'api' | 'worker', publicUrl?: string): Promise<Program> =>
    open(
      startApiProgram(surroundings, {
        role,
        name: `${name}-${role}`,
        gatewayUrl,
        databaseUrl,
        ...(publicUrl === undefined ? {} : { publicUrl }),
        ...(redisUrl === undefined ? {} : { redisUrl }),
      }),
    );
  const first = await start(name === 'together' ? 'all' : 'api');
  const second = name === 'together' ? first : await start('api');
  const worker = name === 'together' ? [] : [await start('worker', first.url)];

  const [code] = await seedCodes(databaseUrl, 1);
  const path = `alipay/notifications/${code?.token ?? ''}`;
  const look = await open(openLook(databaseUrl));
  return {
    pids: [...new Set([first, second, ...worker])].map(({ pid }) => pid),
    notifyUrls: [`${first.url}/${path}`, `${second.url}/${path}`],
    subscribers: [
      await open(subscribe(`${first.url}/graphql`, TOKEN)),
      await open(subscribe(`${second.url}/graphql`, TOKEN)),
    ],
    countKept: () => look.count(`select count(*) from notifications where status = 'APPLIED'`),
    countCommits: () =>
      look.count(
        `select xact_commit as count from pg_stat_database where datname = current_database()`,
      ),
  };
}

interface Interleaving extends ReplicasOptions {
  readonly postgresPid: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** All sides once a round; a trial run of one round needs no warm-up of the full size. */
async function interleave(
  sides: readonly (readonly [ReplicasSide, Site])[],
  press: NotificationPress,
  how: Interleaving,
): Promise<ReplicasResult['sides']> {
  const rounds: Partial<Record<ReplicasSide, ReplicaRound[]>> = {};
  let fastest = 0;
  how.tell('warming up …');
  const warmUp = await press.print(how.rounds === 1 ? WARM_UP / 10 : WARM_UP);
  for (const site of new Set(sides.map(([, one]) => one))) {
    const round = await runRound(site, warmUp, { ...how, seconds: WARM_UP_SECONDS });
    fastest = Math.max(fastest, round.acceptedPerSecond);
  }
  for (let number = 1; number <= how.rounds; number += 1) {
    how.tell(`round ${number} of ${how.rounds} …`);
    for (const [name, site] of sides) {
      // Distinct payments every time: one process is measured twice, on one database.
      const count = Math.min(Math.ceil(fastest * how.seconds * RESERVE), PILE_MAX);
      const round = await runRound(site, await press.print(count), how);
      how.signal.throwIfAborted();
      (rounds[name] ??= []).push(round);
      fastest = Math.max(fastest, round.acceptedPerSecond);
    }
  }
  return rounds;
}

/** Half of the pile to each of the two addresses, until every subscriber has heard of all. */
async function runRound(
  site: Site,
  notifications: readonly SignedNotification[],
  how: Interleaving,
): Promise<ReplicaRound> {
  const { subscribers } = site;
  for (const { heardAt } of subscribers) heardAt.clear();
  const comebacksBefore = comebacksOf(subscribers);
  const keptBefore = await site.countKept();
  await pause(statisticsLateMs, undefined, { signal: how.signal });
  const commitsBefore = await site.countCommits();
  const before = readCpu(site, how.postgresPid);
  const startedAt = performance.now();

  const half = Math.ceil(notifications.length / 2);
  const halves = [notifications.slice(0, half), notifications.slice(half)] as const;
  const posted = await Promise.all(
    site.notifyUrls.map((url, index) =>
      postBackToBack({
        ...how,
        url,
        notifications: halves[index] ?? [],
        connections: Math.floor(how.connections / 2),
      }),
    ),
  );
  const accepted = posted.flatMap((part) => part.accepted);
  const refused = posted.reduce((sum, part) => sum + part.refused, 0);
  await Promise.all(subscribers.map((till) => till.hearAll(accepted, how.signal)));
  const pushedSeconds = (performance.now() - startedAt) / 1_000;
  const after = readCpu(site, how.postgresPid);

  await pause(statisticsLateMs, undefined, { signal: how.signal });
  const commits = (await site.countCommits()) - commitsBefore;
  const kept = (await site.countKept()) - keptBefore;
  if (refused === 0 && kept !== accepted.length) {
    throw new Error(`${accepted.length} notifications were acknowledged, and ${kept} are applied.`);
  }
  const latenciesMs = inOrder(posted.flatMap((part) => part.latenciesMs));
  const each = (key: 'nodeMs' | 'postgresMs'): number | null =>
    after[key] === null || before[key] === null || accepted.length === 0
      ? null
      : ((after[key] - before[key]) * 1_000) / accepted.length;
  return {
    accepted: accepted.length,
    refused,
    acceptedPerSecond: accepted.length / Math.max(...posted.map(({ seconds }) => seconds)),
    pushedPerSecond: accepted.length / pushedSeconds,
    comebacks: comebacksOf(subscribers) - comebacksBefore,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    nodeCpuUs: each('nodeMs'),
    postgresCpuUs: each('postgresMs'),
    commits: commits / accepted.length,
  };
}

function comebacksOf(subscribers: readonly Subscriber[]): number {
  return subscribers.reduce((sum, till) => sum + till.comebacks(), 0);
}

function readCpu(
  { pids }: Site,
  postgresPid: number,
): { readonly nodeMs: number | null; readonly postgresMs: number | null } {
  const used = pids.map(cpuMsOf);
  return {
    nodeMs: used.reduce<number | null>(
      (sum, one) => (sum === null || one === null ? null : sum + one),
      0,
    ),
    postgresMs: cpuMsOfFamily(postgresPid),
  };
}
