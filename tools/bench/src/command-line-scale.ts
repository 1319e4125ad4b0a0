import { parseArgs, type ParseArgsConfig } from 'node:util';

import { wholeNumber } from './whole-number';

export interface StreamsOptions {
  readonly rounds: number;
  /** Sockets that hear of one event, and stores of which one has an event. */
  readonly subscriptions: number;
  /** Of each side in each round. */
  readonly events: number;
  /** Subscribers that stop reading. */
  readonly slow: number;
  readonly json: boolean;
}

export interface ReplicasOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly json: boolean;
}

export interface MemoryOptions {
  /** Notifications, taken in and made payments of, twice. */
  readonly count: number;
  readonly subscribers: number;
  readonly json: boolean;
}

export interface SoakOptions {
  /** 0 runs for a few seconds, to see that it starts. */
  readonly minutes: number;
  readonly tills: number;
  readonly stores: number;
  /** Payments a second. */
  readonly rate: number;
  /** Between two rolling restarts. */
  readonly restartMinutes: number;
  readonly json: boolean;
}

export type AskedOfScale =
  | { readonly kind: 'HELP' }
  | { readonly kind: 'STREAMS'; readonly options: StreamsOptions }
  | { readonly kind: 'REPLICAS'; readonly options: ReplicasOptions }
  | { readonly kind: 'MEMORY'; readonly options: MemoryOptions }
  | { readonly kind: 'SOAK'; readonly options: SoakOptions };

export const SCALE_HELP = {
  what: `streams        One event to thousands of subscriptions over WebSocket, beside a send of one Buffer to as
               many sockets and beside graphql-ws as it comes; an event among thousands of stores; and
               what becomes of subscribers that do not read.
replicas       Two API processes and a worker beside one process that does everything: payments
               taken in, made and pushed.
memory         Resident memory of the API at rest, after many notifications and with thousands of
               idle subscribers, twice over.
soak           Thousands of tills, a steady rate of payments and rolling restarts behind a proxy, for an
               hour: whether memory, connections and latency stay flat, and every till saw every
               payment once. Fails when one did not.
`,
  options: `
Of streams alone:
  --rounds <n>         rounds of which the medians are taken            1 to 50, default 5
  --subscriptions <n>  the largest number; a fifth of it is measured, too 5 to 10000, default 5000
  --events <n>         of each side in each round                       1 to 1000, default 20
  --slow <n>           subscribers that do not read                     1 to 100, default 10

Of replicas alone:
  --rounds <n>         rounds of which the medians are taken            1 to 50, default 5
  --seconds <n>        how long each round lasts at most                1 to 60, default 5
  --connections <n>    connections that post at the same time           2 to 500, default 50

Of memory alone:
  --count <n>          notifications, taken in twice                    100 to 1000000, default 100000
  --subscribers <n>    idle ones                                        1 to 10000, default 5000

Of soak alone:
  --minutes <n>        how long; 0 for some seconds                     0 to 240, default 60
  --tills <n>          tills that are connected                         1 to 10000, default 2000
  --stores <n>         stores among which they are divided              1 to 2000, default 200
  --rate <n>           payments a second                                1 to 1000, default 50
  --restart-minutes <n> between two rolling restarts                    1 to 240, default 10
`,
} as const;

export type ScaleBenchmark = 'streams' | 'replicas' | 'memory' | 'soak';

export function readScaleBenchmark(benchmark: ScaleBenchmark, args: string[]): AskedOfScale {
  switch (benchmark) {
    case 'streams':
      return readStreams(args);
    case 'replicas':
      return readReplicas(args);
    case 'memory':
      return readMemory(args);
    case 'soak':
      return readSoak(args);
  }
}

const OF_ALL = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

function readStreams(args: string[]): AskedOfScale {
  const { values } = parseArgs({
    args,
    options: {
      ...OF_ALL,
      rounds: { type: 'string', default: '5' },
      subscriptions: { type: 'string', default: '5000' },
      events: { type: 'string', default: '20' },
      slow: { type: 'string', default: '10' },
    },
  });
  if (values.help) return { kind: 'HELP' };
  return {
    kind: 'STREAMS',
    options: {
      rounds: wholeNumber('--rounds', values.rounds, 50),
      subscriptions: wholeNumber('--subscriptions', values.subscriptions, 10_000, 5),
      events: wholeNumber('--events', values.events, 1_000),
      slow: wholeNumber('--slow', values.slow, 100),
      json: values.json,
    },
  };
}

function readReplicas(args: string[]): AskedOfScale {
  const { values } = parseArgs({
    args,
    options: {
      ...OF_ALL,
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '50' },
    },
  });
  if (values.help) return { kind: 'HELP' };
  return {
    kind: 'REPLICAS',
    options: {
      rounds: wholeNumber('--rounds', values.rounds, 50),
      seconds: wholeNumber('--seconds', values.seconds, 60),
      connections: wholeNumber('--connections', values.connections, 500, 2),
      json: values.json,
    },
  };
}

function readMemory(args: string[]): AskedOfScale {
  const { values } = parseArgs({
    args,
    options: {
      ...OF_ALL,
      count: { type: 'string', default: '100000' },
      subscribers: { type: 'string', default: '5000' },
    },
  });
  if (values.help) return { kind: 'HELP' };
  return {
    kind: 'MEMORY',
    options: {
      count: wholeNumber('--count', values.count, 1_000_000, 100),
      subscribers: wholeNumber('--subscribers', values.subscribers, 10_000),
      json: values.json,
    },
  };
}

function readSoak(args: string[]): AskedOfScale {
  const { values } = parseArgs({
    args,
    options: {
      ...OF_ALL,
      minutes: { type: 'string', default: '60' },
      tills: { type: 'string', default: '2000' },
      stores: { type: 'string', default: '200' },
      rate: { type: 'string', default: '50' },
      'restart-minutes': { type: 'string', default: '10' },
    },
  });
  if (values.help) return { kind: 'HELP' };
  const tills = wholeNumber('--tills', values.tills, 10_000);
  return {
    kind: 'SOAK',
    options: {
      minutes: wholeNumber('--minutes', values.minutes, 240, 0),
      tills,
      stores: Math.min(tills, wholeNumber('--stores', values.stores, 2_000)),
      rate: wholeNumber('--rate', values.rate, 1_000),
      restartMinutes: wholeNumber('--restart-minutes', values['restart-minutes'], 240),
      json: values.json,
    },
  };
}
