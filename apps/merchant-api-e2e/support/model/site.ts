import type { SignType } from '@countersign/alipay-protocol';
import { startGatewaySimulator } from '@countersign/gateway-simulator';
import { type DomainLog } from '@countersign/merchant-domain';
import { createTestDatabase } from '@countersign/postgres';
import { Pool } from 'pg';
import { uuidv7 } from 'uuidv7';

import { copyDatabase, type DatabaseCopy } from '../copy-database';
import { type Elsewhere, openElsewhere } from '../elsewhere';
import { createGraphqlClient, type GraphqlClient } from '../graphql-client';
import { GATEWAY_KEYS, merchantEnvironment, newKeyPair, PARTNER_ID, TOKEN } from '../keys';
import { createMerchant, type Merchant } from '../merchant';
import { migrate } from '../migrate';
import {
  type BookedTrade,
  createSimulatorControl,
  type SimulatorControl,
} from '../simulator-control';
import { waitFor } from '../wait-for';
import { type Counts } from './counts';
import { type Instance, type InstanceOptions, startInstance } from './instance';
import { openPipe } from './pipe';
import { createTurnstile } from './turnstile';
import { createWeather, type Weather } from './weather';

/** Where many schedules happen: a database, the gateway, the product as one or two processes. */
export interface Site extends GraphqlClient {
  readonly signType: SignType;
  readonly merchant: Merchant;
  readonly gateway: SimulatorControl;
  readonly elsewhere: Elsewhere;
  readonly weather: Weather;
  readonly frontUrl: string;
  readonly databaseUrl: string;
  /** What the product complained about since it was last asked. */
  takeComplaints(): Complaint[];
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The product's time, which only tests move. */
  now(): Date;
  /** The gateway's time at the moment. */
  gatewayNow(): Date;
  /** What both clocks showed now and at every jump since that moment of `performance.now()`. */
  timesSince(start: number): readonly Times[];
  /** Forward or back, the product and the gateway together. */
  moveTime(milliseconds: number): Promise<void>;
  /** The product's time: for pauses that nobody wants to wait for. The gateway's follows before long. */
  skipPause(milliseconds: number): Promise<void>;
  /** By how much the gateway's clock is ahead of the product's. */
  setSkew(milliseconds: number): Promise<void>;
  /** The product's clock is wrong by so much; right again when it was wrong, and with 0. */
  goAstray(milliseconds: number): Promise<void>;
  /** Resolves when there is a process that answers. */
  awake(): Promise<void>;
  turn(): Promise<void>;
  readInbox(): Promise<void>;
  /** Runs while no worker is in the middle of a turn. */
  whileNobodyWorks<Result>(work: () => Promise<Result>): Promise<Result>;
  /** kill -9 of one process, and a new one after it. */
  kill(): Promise<void>;
  /** Keeps a copy of the database, between a kill of all processes and a new one. */
  backUp(): Promise<BookedTrade[]>;
  /** That copy takes the database's place, likewise. Each answers the gateway's books meanwhile. */
  restore(): Promise<BookedTrade[]>;
  sever(awayMs: number): Promise<void>;
  loseGateway(awayMs: number): Promise<void>;
  /** A second process on the same database; with a wrong key it verifies nothing of Alipay's. */
  startSecond(how: { readonly wrongKey: boolean }): Promise<void>;
  /** Back to one process with the right key. */
  calmDown(): Promise<void>;
  close(): Promise<void>;
}

export interface Times {
  readonly at: number;
  readonly product: number;
  readonly gateway: number;
}

export interface Complaint {
  readonly at: number;
  readonly fact: string;
  readonly ids: Record<string, unknown>;
}

const GATEWAY_TIMEOUT_MS = '400';
/** Far below the half hour after which the gateway refuses a request for its age. */
const APART_MOST_MS = 5 * 60_000;

/** What the product stands on and how it is started: usually in this process, on the server of the run. */
export interface Ground {
  openDatabase(): Promise<GroundDatabase>;
  start(options: InstanceOptions): Promise<Instance>;
}

export interface GroundDatabase {
  readonly url: string;
  /** The server ends at once, or finds no room, and a new one finds its data. Without it connections are cut instead. */
  readonly crash?: () => Promise<void>;
  drop(): Promise<void>;
}

export const USUAL_GROUND: Ground = {
  openDatabase: () => createTestDatabase(migrate),
  start: startInstance,
};

export async function openSite(
  counts: Counts,
  signType: SignType,
  ground: Ground = USUAL_GROUND,
): Promise<Site> {
  const database = await ground.openDatabase();
  const openPool = (): Pool => {
    const opened = new Pool({ connectionString: database.url, max: 4 });
    opened.on('error', () => undefined); // its server is killed now and then
    return opened;
  };
  let pool = Promise.resolve(openPool());
  const complaints: Complaint[] = [];
  const log = complainTo(complaints, counts);
  let aheadMs = 0;
  let skewMs = 0;
  let astrayMs = 0;
  let gatewayAheadMs = 0;
  const now = (): Date => new Date(Date.now() + aheadMs);
  const weather = createWeather(counts.happened);
  const turnstile = createTurnstile();

  const simulator = await startGatewaySimulator({
    partnerId: PARTNER_ID,
    ...GATEWAY_KEYS,
    log: (fact, { service, kind }) => {
      if (fact === 'fault') counts.happened(`${String(service)} ${String(kind)}`);
    },
  });
  const gateway = createSimulatorControl(() => simulator.controlUrl);
  const gatewayNow = (): Date => new Date(Date.now() + gatewayAheadMs);
  const elsewhere = openElsewhere(simulator.gatewayUrl, gatewayNow);

  const living: Instance[] = [];
  const dead: Instance[] = [];
  let next = 0;
  const oneOf = (): Instance | undefined => living[(next = (next + 1) % (living.length || 1))];
  const front = await openPipe(() => oneOf()?.port ?? null);
  const frontUrl = `http://127.0.0.1:${front.port}`;
  const start = async (env: Readonly<Record<string, string>> = {}): Promise<Instance> => {
    const instance = await ground.start({
      databaseUrl: database.url,
      gatewayUrl: simulator.gatewayUrl,
      publicUrl: frontUrl,
      env: {
        GATEWAY_TIMEOUT_MS,
        AUTH_DEMO_TOKEN: TOKEN,
        ...merchantEnvironment(signType),
        ...env,
      },
      log,
      clock: { now, newId: uuidv7 },
    });
    instance.setClock(aheadMs);
    living.push(instance);
    return instance;
  };
  const remove = (instance: Instance): void => {
    living.splice(living.indexOf(instance), 1);
    dead.push(instance);
  };
  let second: Instance | undefined;
  let change: Promise<void> = Promise.resolve();
  /** Processes come and go one after the other. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = change.then(work);
    change = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  };
  const work = (what: (instance: Instance) => Promise<void>): Promise<void> =>
    turnstile.together(async () => {
      const instance = oneOf();
      if (instance === undefined) return;
      const startedAt = performance.now();
      try {
        await what(instance);
      } catch (error) {
        const between = { start: startedAt, end: performance.now() };
        if (weather.wasRough(between, 'answers')) return;
        // Its loop would log it, and go on with the next turn.
        log.error('a turn of the background failed', { error });
      }
    });
  const jumps: Times[] = [];
  const times = (): Times => ({
    at: performance.now(),
    product: now().getTime(),
    gateway: gatewayNow().getTime(),
  });
  const passTime = (milliseconds: number): void => {
    jumps.push(times());
    aheadMs += milliseconds;
    jumps.push(times());
    living.forEach((instance) => {
      instance.setClock(aheadMs);
    });
  };
  const setGatewayClock = async (): Promise<void> => {
    jumps.push(times());
    gatewayAheadMs = aheadMs - astrayMs + skewMs;
    jumps.push(times());
    await gateway.call('POST /clock', { offsetMs: gatewayAheadMs });
    jumps.push(times());
  };
  const client = createGraphqlClient(() => `${frontUrl}/graphql`, TOKEN);

  let backup: DatabaseCopy | undefined;
  const whileStopped = (kind: string, deed: () => Promise<void>): Promise<BookedTrade[]> =>
    inTurn(async () => {
      const over = weather.begin(kind, 'answers');
      for (const killed of [...living]) {
        remove(killed);
        killed.kill();
        front.cut(killed.port);
      }
      if (second !== undefined) endSecond();
      second = undefined;
      const closing = pool.then((open) => open.end());
      pool = closing.then(deed).then(openPool);
      await pool;
      const trades = await gateway.books();
      await start();
      over();
      return trades;
    });

  const site: Site = {
    ...client,
    signType,
    merchant: createMerchant(client),
    gateway,
    elsewhere,
    weather,
    frontUrl,
    databaseUrl: database.url,
    takeComplaints: () => complaints.splice(0),
    rows: (text, values = []) =>
      waitFor('a database that answers', async () => {
        try {
          return (await (await pool).query<never>(text, [...values])).rows;
        } catch (error) {
          if (isAway(error)) return undefined;
          throw error;
        }
      }),
    now,
    gatewayNow,
    timesSince: (start) => [...jumps.filter(({ at }) => at >= start), times()],
    moveTime: async (milliseconds) => {
      passTime(milliseconds);
      await setGatewayClock();
    },
    skipPause: async (milliseconds) => {
      passTime(milliseconds);
      const apartMs = aheadMs - astrayMs + skewMs - gatewayAheadMs;
      if (Math.abs(apartMs) > APART_MOST_MS) await setGatewayClock();
    },
    setSkew: async (milliseconds) => {
      skewMs = milliseconds;
      await setGatewayClock();
    },
    goAstray: async (milliseconds) => {
      const next = astrayMs === 0 ? milliseconds : 0;
      passTime(next - astrayMs);
      astrayMs = next;
      await setGatewayClock();
    },
    awake: async () => {
      while (living.length === 0) await change;
    },
    turn: () => work((instance) => instance.turn()),
    readInbox: () => work((instance) => instance.readInbox()),
    whileNobodyWorks: (work) => turnstile.alone(work),
    kill: () =>
      inTurn(async () => {
        const over = weather.begin('kill', 'answers');
        const killed = oneOf();
        if (killed !== undefined) {
          remove(killed);
          killed.kill();
          front.cut(killed.port);
          if (killed === second) {
            second = undefined;
            endSecond();
          }
        }
        if (living.length === 0 || living[0] === second) await start();
        over();
      }),
    backUp: () =>
      whileStopped('back up', async () => {
        await backup?.drop();
        backup = await copyDatabase(database.url);
      }),
    restore: () =>
      whileStopped('restore', async () => {
        await backup?.takePlace();
        backup = undefined;
      }),
    sever: async (awayMs) => {
      const over = weather.begin('sever', 'answers');
      if (database.crash !== undefined) await inTurn(database.crash);
      else await Promise.all(living.map((instance) => instance.sever(awayMs)));
      over();
    },
    loseGateway: async (awayMs) => {
      const over = weather.begin('gateway away', 'gateway');
      living.forEach((instance) => {
        instance.reachGateway(false);
      });
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      living.forEach((instance) => {
        instance.reachGateway(true);
      });
      over();
    },
    startSecond: ({ wrongKey }) =>
      inTurn(async () => {
        if (second !== undefined) return;
        const isWrong = wrongKey && signType !== 'MD5';
        const over = isWrong ? weather.begin('second with a wrong key', 'gateway') : undefined;
        if (!isWrong) counts.happened('second');
        second = await start(isWrong ? { ALIPAY_PUBLIC_KEY: WRONG_KEY } : {});
        endSecond = over ?? ((): void => undefined);
      }),
    calmDown: () =>
      inTurn(async () => {
        if (second === undefined) return;
        const leaving = second;
        second = undefined;
        const over = weather.begin('second leaves', 'answers');
        remove(leaving);
        await leaving.stop();
        front.cut(leaving.port);
        endSecond();
        over();
      }),
    close: async () => {
      living.forEach((instance) => {
        instance.kill();
      });
      await front.close();
      await elsewhere.alipay.close();
      await simulator.close();
      await Promise.all([...living, ...dead].map((instance) => instance.bury()));
      await (await pool).end();
      await backup?.drop();
      await database.drop();
    },
  };
  let endSecond = (): void => undefined;
  await start();
  return site;
}

const WRONG_KEY = newKeyPair().publicKey;

function complainTo(complaints: Complaint[], counts: Counts): DomainLog {
  const complain = (fact: string, ids: Record<string, unknown> = {}): void => {
    complaints.push({ at: performance.now(), fact, ids });
  };
  const warn = (fact: string): void => {
    // Nobody is harmed, and yet those who lock something want one order.
    if (fact.includes('in a ring')) counts.happened('ring of waiters');
  };
  return { info: () => undefined, warn, error: complain };
}

/**
 * Down, without room, or a connection that the server has ended: of what the ground can do to a database.
 * Errors of sockets are not of the class that a test file knows under that name.
 */
function isAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return /^(?:ECONN|EPIPE|53|57P|58)/.test(code) || message.startsWith('Connection terminated');
}
