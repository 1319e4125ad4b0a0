import { parseArgs } from 'node:util';

import { wholeNumber } from './whole-number';

export interface OperationsOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly transactions: number;
  readonly json: boolean;
}

export type AskedOfOperations =
  { readonly kind: 'HELP' } | { readonly kind: 'OPERATIONS'; readonly options: OperationsOptions };

export const OPERATIONS_HELP = {
  what: `operations     A list of 50 payments and a small mutation over GraphQL, with callers and limits, beside
               Apollo Server 5, express 5 and type-graphql with all defaults on the same tables.
`,
  options: `
Of operations alone:
  --rounds <n>         rounds of which the medians are taken            1 to 50, default 5
  --seconds <n>        how long each side lasts in a round; 0 asks once 0 to 60, default 3
  --connections <n>    connections that ask at the same time            1 to 100, default 10
  --transactions <n>   payments in the books                            1000 to 1000000, default 10000
`,
} as const;

const OPTIONS = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '3' },
  connections: { type: 'string', default: '10' },
  transactions: { type: 'string', default: '10000' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export function readOperations(args: string[]): AskedOfOperations {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return { kind: 'HELP' };
  return {
    kind: 'OPERATIONS',
    options: {
      rounds: wholeNumber('--rounds', values.rounds, 50),
      seconds: wholeNumber('--seconds', values.seconds, 60, 0),
      connections: wholeNumber('--connections', values.connections, 100),
      transactions: wholeNumber('--transactions', values.transactions, 1_000_000, 1_000),
      json: values.json,
    },
  };
}
