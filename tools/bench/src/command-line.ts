import { parseArgs } from 'node:util';

import { type SignType } from '@countersign/alipay-protocol';

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

export type Asked =
  | { readonly kind: 'HELP' }
  | { readonly kind: 'SIGNATURES'; readonly options: SignaturesOptions }
  | { readonly kind: 'NOTIFICATIONS'; readonly options: NotificationsOptions }
  | { readonly kind: 'MISTAKE'; readonly message: string };

export const HELP = `Usage: npm run bench -- <benchmark> [options]

Measures beside a baseline, in one interleaved run on this machine. See docs/performance.md.

notifications  What the product's notification route reaches beside a bare loop (node:http, one
               crypto.verify, one insert per batch): throughput, CPU, latency, and how long a
               payment takes from Alipay's post to a subscriber. Everything runs on loopback, with
               a PostgreSQL of its own that is removed at the end.
signatures     What the protocol library adds to a bare RSA2 signature, and what reading a key
               each time would cost. Needs no database.

  --rounds <n>         rounds of which the medians are taken            1 to 50, default 5
  --json               prints the result also as one line of JSON, the last one
  --help               prints this

Of notifications alone:
  --seconds <n>        how long each round lasts at most                1 to 60, default 5
  --connections <n>    connections that post at the same time           1 to 500, default 50
  --rate <n>           payments a second for the delay of events        1 to 1000, default 50
  --sign-type <type>   MD5, RSA or RSA2, of notifications and queries   default RSA2
  --log-level <level>  of the product's log, which goes to a file       default info
`;

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
    case 'signatures': {
      const { values } = parseArgs({ args, options: OF_BOTH });
      if (values.help) return { kind: 'HELP' };
      const rounds = wholeNumber('--rounds', values.rounds, 50);
      return { kind: 'SIGNATURES', options: { rounds, json: values.json } };
    }
    default:
      throw new Error(`There is no benchmark "${benchmark}"; there are: notifications, signatures`);
  }
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

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new Error(`${name} is no whole number from 1 to ${max}`);
}
