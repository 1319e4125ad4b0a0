import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { createDatabase, startThrowawayPostgres } from '@countersign/postgres';

import { type StreamsOptions } from './command-line-scale';
import { cpuMsOf } from './cpu-time';
import { describeMachine, type Machine } from './describe-machine';
import { makeKeys } from './make-keys';
import { DURABLE } from './measure-notifications';
import { measureSlow, type SlowResult } from './measure-slow';
import { puttingUp, type PutUp } from './put-up';
import { seedCodes } from './seed-codes';
import { createNotificationPress } from './sign-notifications';
import { type Program, startProgram } from './start-program';
import {
  interleaveStreams,
  paymentsOf,
  runEvents,
  type StreamRound,
  type StreamSide,
  tellOne,
} from './stream-sides';
import { startReceivers, type StreamStage } from './stream-stage';
import { PARTNER_ID, startApiProgram, startGatewayStub, TOKEN } from './subject';
import { PAYMENTS } from './subscriber';

export type FanOutSide = 'bare' | 'bareAgain' | 'product' | 'stock';
export type ScatteredSide = 'one' | 'oneAgain' | 'many';

export interface StreamsResult {
  readonly options: StreamsOptions;
  readonly machine: Machine;
  readonly fanOut: readonly {
    readonly subscriptions: number;
    readonly messageBytes: number;
    readonly sides: Readonly<Record<FanOutSide, readonly StreamRound[]>>;
  }[];
  /** One event at one store, where one subscription listens, and where as many do as stores. */
  readonly scattered: {
    readonly sides: Readonly<Record<ScatteredSide, readonly StreamRound[]>>;
    /** CPU in a second without an event, in ms: heartbeats, looking after sockets, polling. */
    readonly idleMs: Readonly<Record<'one' | 'many', number | null>>;
  };
  readonly slow: SlowResult;
}

const SCHEMA_FILE = resolve(__dirname, '../../../apps/merchant-api/schema.graphql');
/** A single event is cheap where few hear of it: more are needed to see what it takes. */
const SCATTERED_TIMES = 10;
/** Holds one round of the product's pings, which come every twelve seconds. */
const idleSeconds = 13;

export async function measureStreams(
  options: StreamsOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<StreamsResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell('starting PostgreSQL and the API …');
    const server = await open(startThrowawayPostgres(DURABLE));
    const keys = makeKeys('RSA2');
    const surroundings = { server, keys, folder, logLevel: 'info' };
    const gateway = await open(startGatewayStub(surroundings));
    const databaseUrl = await createDatabase(server.url, 'streams');
    const startApi = (name: string, role: 'all' | 'api' = 'api'): Promise<Program> =>
      startApiProgram(surroundings, { role, name, gatewayUrl: gateway.url, databaseUrl });
    const payer = await open(startApi('payer', 'all'));
    const codes = await seedCodes(databaseUrl, options.subscriptions);
    const press = createNotificationPress({
      signer: keys.alipaySigner,
      sellerId: PARTNER_ID,
      tellsWallet: true,
    });
    const stage: StreamStage = {
      options,
      open,
      folder,
      storeIds: codes.map(({ storeId }) => Buffer.from(`Store:${storeId}`).toString('base64url')),
      pay: paymentsOf(press, `${payer.url}/alipay/notifications/${codes[0]?.token ?? ''}`),
      startApi,
      signal,
      tell,
    };
    const machine = await describeMachine(server.url);
    const sizes = [Math.floor(options.subscriptions / 5), options.subscriptions];
    const fanOut = [];
    for (const subscriptions of sizes) fanOut.push(await measureFanOut(stage, subscriptions));
    const scattered = await measureScattered(stage);
    return { options, machine, fanOut, scattered, slow: await measureSlow(stage) };
  });
}

async function measureFanOut(
  stage: StreamStage,
  subscriptions: number,
): Promise<StreamsResult['fanOut'][number]> {
  // Its own parts come down before the next size is put up.
  return puttingUp(async (open) => {
    const { folder, pay } = stage;
    const title = `${subscriptions} equal subscriptions`;
    stage.tell(`${title}: connecting …`);
    const one = stage.storeIds.slice(0, 1);
    const api = await open(stage.startApi(`equal-${subscriptions}`));
    const product = await subscribeAll(open, stage, api, { subscriptions, storeIds: one, pay });
    const { sample } = await tellOne(product);
    const bareServer = await open(
      startProgram(require.resolve('./bare-sockets.js'), {
        logFile: join(folder, 'bare-sockets.log'),
        env: { PAYLOAD: sample },
      }),
    );
    const stockServer = await open(
      startProgram(require.resolve('./stock-sockets.js'), {
        logFile: join(folder, 'stock-sockets.log'),
        env: { SAMPLE: sample, SCHEMA_FILE },
      }),
    );
    const bare = await subscribeAll(open, stage, bareServer, {
      subscriptions,
      storeIds: one,
      pay: () => bareServer.ask(),
    });
    const stock = await subscribeAll(open, stage, stockServer, {
      subscriptions,
      storeIds: one,
      pay: () => stockServer.ask(),
    });
    const sides = { bare, bareAgain: bare, product, stock };
    return {
      subscriptions,
      messageBytes: Buffer.byteLength(sample),
      sides: await interleaveStreams(sides, { ...stage, ...stage.options, title }),
    };
  });
}

/** Equal or not, each has an id of its own, as clients give them. */
async function subscribeAll(
  open: PutUp,
  stage: StreamStage,
  server: Program,
  asked: {
    readonly subscriptions: number;
    readonly storeIds: readonly string[];
    readonly pay: () => Promise<unknown>;
  },
): Promise<StreamSide> {
  const receivers = await open(startReceivers(stage.folder));
  const { subscriptions, storeIds } = asked;
  await receivers.ask({
    type: 'open',
    graphqlUrl: `${server.url}/graphql`,
    token: TOKEN,
    query: PAYMENTS,
    subscriptions,
    storeIds,
  });
  const perEvent = Math.ceil(subscriptions / storeIds.length);
  return { pid: server.pid, receivers, perEvent, trigger: asked.pay, messages: 0 };
}

async function measureScattered(stage: StreamStage): Promise<StreamsResult['scattered']> {
  return puttingUp(async (open) => {
    const { storeIds, pay, signal, tell } = stage;
    const title = `one of ${storeIds.length} stores`;
    tell(`${title}: connecting …`);
    const first = storeIds.slice(0, 1);
    const fewApi = await open(stage.startApi('one-store'));
    const manyApi = await open(stage.startApi('many-stores'));
    const one = await subscribeAll(open, stage, fewApi, {
      subscriptions: 1,
      storeIds: first,
      pay,
    });
    const many = await subscribeAll(open, stage, manyApi, {
      subscriptions: storeIds.length,
      storeIds,
      pay,
    });
    const sides = await interleaveScattered({ one, many }, stage, title);
    tell(`${title}: without events …`);
    return { sides, idleMs: await idleOf({ one, many }, signal) };
  });
}

/**
 * Both processes serve one database and hear of every payment; while one is measured, the other works
 * beside it, in the same way in every round.
 */
async function interleaveScattered(
  { one, many }: Readonly<Record<'one' | 'many', StreamSide>>,
  { options, signal, tell }: StreamStage,
  title: string,
): Promise<Record<ScatteredSide, StreamRound[]>> {
  const rounds: Record<ScatteredSide, StreamRound[]> = { one: [], oneAgain: [], many: [] };
  const events = options.events * SCATTERED_TIMES;
  const run = async (side: StreamSide, other: StreamSide): Promise<StreamRound> => {
    const round = await runEvents(side, events, signal);
    other.messages += events;
    return round;
  };
  tell(`${title}: warming up …`);
  await run(many, one);
  for (let round = 1; round <= options.rounds; round += 1) {
    tell(`${title}: round ${round} of ${options.rounds} …`);
    rounds.one.push(await run(one, many));
    rounds.many.push(await run(many, one));
    rounds.oneAgain.push(await run(one, many));
  }
  return rounds;
}

async function idleOf<Name extends string>(
  sides: Readonly<Record<Name, StreamSide>>,
  signal: AbortSignal,
): Promise<Record<Name, number | null>> {
  const names = Object.keys(sides) as Name[];
  const before = names.map((name) => cpuMsOf(sides[name].pid));
  await pause(idleSeconds * 1_000, undefined, { signal });
  return Object.fromEntries(
    names.map((name, index) => {
      const was = before[index] ?? null;
      const is = cpuMsOf(sides[name].pid);
      return [name, was === null || is === null ? null : (is - was) / idleSeconds];
    }),
  ) as Record<Name, number | null>;
}
