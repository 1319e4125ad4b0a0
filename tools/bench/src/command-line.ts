import { parseArgs } from 'node:util';

import { type SignType } from '@countersign/alipay-protocol';

import { type AskedOfBooks, BOOKS_HELP, readBooksBenchmark } from './command-line-books';
import { type AskedOfOperations, OPERATIONS_HELP, readOperations } from './command-line-operations';
import { type AskedOfScale, readScaleBenchmark, SCALE_HELP } from './command-line-scale';
import { wholeNumber } from './whole-number';

/** What a person wants measured, checked. */
export interface NotificationsOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly signType: SignType;
  /** Payments a second while the delay of events is measured. */
  readonly rate: number;
  readonly logLevel: string;
  readonly json: boolean;
}

export interface SignaturesOptions {
  readonly rounds: number;
  readonly json: boolean;
}

export interface TillsOptions {
  readonly tills: number;
  readonly stores: number;
  /** Payments a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly json: boolean;
}

export interface FailuresOptions {
  /** Notifications a second while something is killed. */
  readonly rate: number;
  readonly seconds: number;
  /** Refunds whose answer does not come. */
  readonly refunds: number;
  /** How long Alipay is silent. */
  readonly silentSeconds: number;
  readonly json: boolean;
}

export type Asked =
  | AskedOfBooks
  | AskedOfOperations
  | AskedOfScale
  | { readonly kind: 'SIGNATURES' | 'START'; readonly options: SignaturesOptions }
  | { readonly kind: 'NOTIFICATIONS'; readonly options: NotificationsOptions }
  | { readonly kind: 'TILLS'; readonly options: TillsOptions }
  | { readonly kind: 'FAILURES'; readonly options: FailuresOptions }
  | { readonly kind: 'MISTAKE'; readonly message: string };

export const HELP = `Usage: npm run bench -- <benchmark> [options]

Measures beside a baseline, in one interleaved run on this machine. See docs/performance.md.

notifications  What the product's notification route reaches beside a bare loop (node:http, one
               crypto.verify, one insert per batch): throughput, CPU, latency, and how long a
               payment takes from Alipay's post to a subscriber. Everything runs on loopback, with
               a PostgreSQL of its own that is removed at the end.
tills          How long a payment takes from Alipay's post to the tills of its store, with
               thousands of tills connected.
failures       Kills PostgreSQL during the load and counts what was acknowledged and what is there
               afterwards; kills the API, and takes the time until it is back; silences Alipay, and
               counts the refunds that are settled within a minute of its return. Fails when
               anything is lost.
signatures     What the protocol library adds to a bare RSA2 signature, and what reading a key
               each time would cost. Needs no database.
start          How long npm start takes until it is ready, beside PostgreSQL alone.
${BOOKS_HELP.what}${OPERATIONS_HELP.what}${SCALE_HELP.what}
  --json               prints the result also as one line of JSON, the last one
  --help               prints this

Of notifications, signatures and start:
  --rounds <n>         rounds of which the medians are taken            1 to 50, default 5

Of notifications alone:
  --seconds <n>        how long each round lasts at most                1 to 60, default 5
  --connections <n>    connections that post at the same time           1 to 500, default 50
  --rate <n>           payments a second for the delay of events        1 to 1000, default 50
  --sign-type <type>   MD5, RSA or RSA2, of notifications and queries   default RSA2
  --log-level <level>  of the product's log, which goes to a file       default info

Of tills alone:
  --tills <n>          tills that are connected                         1 to 10000, default 2000
  --stores <n>         stores among which they are divided              1 to 2000, default 200
  --rate <n>           payments a second                                1 to 1000, default 50
  --seconds <n>        how long                                         1 to 300, default 20

Of failures alone:
  --rate <n>           notifications a second while one is killed       1 to 1000, default 200
  --seconds <n>        how long, for each of the two                    4 to 300, default 12
  --refunds <n>        refunds whose answer does not come               1 to 1000, default 100
  --silent <n>         how long Alipay is silent, in seconds            1 to 900, default 30
${BOOKS_HELP.options}${OPERATIONS_HELP.options}${SCALE_HELP.options}`;

const SIGN_TYPES: readonly SignType[] = ['MD5', 'RSA', 'RSA2'];

/** Reads the arguments behind `bench`; a mistake is told, never guessed around. */
export function readCommandLine(args: readonly string[]): Asked {
  try {
    return read(args);
  } catch (error) {
    return { kind: 'MISTAKE', message: error instanceof Error ? error.message : String(error) };
  }
}

const OF_BOTH = {
  rounds: { type: 'string', default: '5' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const OF_NOTIFICATIONS = {
  ...OF_BOTH,
  seconds: { type: 'string', default: '5' },
  connections: { type: 'string', default: '50' },
  rate: { type: 'string', default: '50' },
  'sign-type': { type: 'string', default: 'RSA2' },
  'log-level': { type: 'string', default: 'info' },
} as const;

function read([benchmark, ...args]: readonly string[]): Asked {
  switch (benchmark) {
    case undefined:
    case '--help':
    case '-h':
      return { kind: 'HELP' };
    case 'notifications':
      return readNotifications(args);
    case 'tills':
      return readTills(args);
    case 'failures':
      return readFailures(args);
    case 'start':
    case 'signatures': {
      const { values } = parseArgs({ args, options: OF_BOTH });
      if (values.help) return { kind: 'HELP' };
      const rounds = wholeNumber('--rounds', values.rounds, 50);
      return {
        kind: benchmark === 'start' ? 'START' : 'SIGNATURES',
        options: { rounds, json: values.json },
      };
    }
    case 'pages':
    case 'reports':
    case 'exports':
    case 'statements':
      return readBooksBenchmark(benchmark, args);
    case 'operations':
      return readOperations(args);
    case 'streams':
    case 'replicas':
    case 'memory':
    case 'soak':
      return readScaleBenchmark(benchmark, args);
    default:
      throw new Error(`There is no benchmark "${benchmark}"; there are: ${BENCHMARKS}`);
  }
}

const BENCHMARKS =
  'notifications, tills, failures, signatures, start, pages, reports, exports, statements, operations, streams, replicas, memory, soak';

const OF_TILLS = {
  tills: { type: 'string', default: '2000' },
  stores: { type: 'string', default: '200' },
  rate: { type: 'string', default: '50' },
  seconds: { type: 'string', default: '20' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function readTills(args: string[]): Asked {
  const { values } = parseArgs({ args, options: OF_TILLS });
  if (values.help) return { kind: 'HELP' };
  const tills = wholeNumber('--tills', values.tills, 10_000);
  return {
    kind: 'TILLS',
    options: {
      tills,
      stores: Math.min(tills, wholeNumber('--stores', values.stores, 2_000)),
      rate: wholeNumber('--rate', values.rate, 1_000),
      seconds: wholeNumber('--seconds', values.seconds, 300),
      json: values.json,
    },
  };
}

const OF_FAILURES = {
  rate: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '12' },
  refunds: { type: 'string', default: '100' },
  silent: { type: 'string', default: '30' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function readFailures(args: string[]): Asked {
  const { values } = parseArgs({ args, options: OF_FAILURES });
  if (values.help) return { kind: 'HELP' };
  return {
    kind: 'FAILURES',
    options: {
      rate: wholeNumber('--rate', values.rate, 1_000),
      seconds: wholeNumber('--seconds', values.seconds, 300, 4),
      refunds: wholeNumber('--refunds', values.refunds, 1_000),
      silentSeconds: wholeNumber('--silent', values.silent, 900),
      json: values.json,
    },
  };
}

function readNotifications(args: string[]): Asked {
  const { values } = parseArgs({ args, options: OF_NOTIFICATIONS });
  if (values.help) return { kind: 'HELP' };
  const signType = SIGN_TYPES.find((known) => known === values['sign-type']);
  if (signType === undefined) throw new Error('--sign-type is none of MD5, RSA, RSA2');
  return {
    kind: 'NOTIFICATIONS',
    options: {
      rounds: wholeNumber('--rounds', values.rounds, 50),
      seconds: wholeNumber('--seconds', values.seconds, 60),
      connections: wholeNumber('--connections', values.connections, 500),
      rate: wholeNumber('--rate', values.rate, 1_000),
      signType,
      logLevel: values['log-level'],
      json: values.json,
    },
  };
}
