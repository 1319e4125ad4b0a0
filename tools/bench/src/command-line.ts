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

export type Asked =
  | { readonly kind: 'HELP' }
  | { readonly kind: 'NOTIFICATIONS'; readonly options: NotificationsOptions }
  | { readonly kind: 'MISTAKE'; readonly message: string };

export const HELP = `Usage: npm run bench -- notifications [options]

Measures what the product's notification route reaches beside a bare loop (node:http, one
crypto.verify, one insert per batch), in one interleaved run on this machine: throughput, CPU,
latency, and how long a payment takes from Alipay's post to a subscriber's screen.
Everything runs on loopback, with a PostgreSQL of its own that is removed at the end.

  --rounds <n>        rounds of which the medians are taken           1 to 50, default 5
  --seconds <n>       how long each round lasts at most               1 to 60, default 5
  --connections <n>   connections that post at the same time          1 to 500, default 50
  --rate <n>          payments a second for the delay of events       1 to 1000, default 50
  --sign-type <type>  MD5, RSA or RSA2, of notifications and queries  default RSA2
  --log-level <level> of the product's log, which goes to a file      default info
  --json              prints the result also as one line of JSON, the last one
  --help              prints this
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

function read(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '50' },
      rate: { type: 'string', default: '50' },
      'sign-type': { type: 'string', default: 'RSA2' },
      'log-level': { type: 'string', default: 'info' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...others] = positionals;
  if (values.help || (command === undefined && args.length === 0)) return { kind: 'HELP' };
  if (command !== 'notifications' || others.length > 0) {
    throw new Error(`There is no benchmark "${positionals.join(' ')}"; there is: notifications`);
  }

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
