import { parseArgs } from 'node:util';

import { wholeNumber } from './whole-number';

export interface PagesOptions {
  /** The larger of two sizes; the other is a hundredth of it. */
  readonly transactions: number;
  readonly stores: number;
  readonly rounds: number;
  readonly serverUrl: string | undefined;
  readonly json: boolean;
}

export interface ReportsOptions {
  /** The largest of sizes that grow tenfold from 10,000. */
  readonly transactions: number;
  readonly stores: number;
  readonly rounds: number;
  readonly serverUrl: string | undefined;
  readonly json: boolean;
}

export interface ExportsOptions {
  readonly rows: number;
  readonly format: 'csv' | 'jsonl';
  readonly json: boolean;
}

export interface StatementsOptions {
  readonly lines: number;
  readonly rounds: number;
  readonly json: boolean;
}

export type AskedOfBooks =
  | { readonly kind: 'HELP' }
  | { readonly kind: 'PAGES'; readonly options: PagesOptions }
  | { readonly kind: 'REPORTS'; readonly options: ReportsOptions }
  | { readonly kind: 'EXPORTS'; readonly options: ExportsOptions }
  | { readonly kind: 'STATEMENTS'; readonly options: StatementsOptions };

export const BOOKS_HELP = {
  what: `pages          What a page of each list reads and how long it takes, at a number of payments and at
               a hundredth of it, by the product's own statements: first page, middle, deep.
reports        Totals and sales reports over numbers of payments that grow tenfold.
exports        Payments as a file over HTTP, and the memory of the API meanwhile.
statements     A day's file against as many payments: time and memory beside a bare loop (read the
               lines, insert them, one join), what a second import costs, and a day that lacks all.
`,
  options: `
Of pages and reports:
  --transactions <n>   payments at the largest                          1000 to 10000000, default 100000
  --stores <n>         stores among which they are divided              20 to 5000, default 1000
  --rounds <n>         how often each is asked for at most              1 to 500, default 20
  --server <url>       a PostgreSQL on which seeded books are kept,
                       and taken again, instead of one of its own

Of exports alone:
  --rows <n>           payments                                         1000 to 5000000, default 50000
  --format <format>    csv or jsonl                                     default csv

Of statements alone:
  --lines <n>          lines of the file                                100 to 1000000, default 20000
  --rounds <n>         rounds of which the medians are taken            1 to 20, default 3
`,
} as const;

const COMMON = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const OF_SIZES = {
  ...COMMON,
  transactions: { type: 'string', default: '100000' },
  stores: { type: 'string', default: '1000' },
  rounds: { type: 'string', default: '20' },
  server: { type: 'string' },
} as const;

const OF_EXPORTS = {
  ...COMMON,
  rows: { type: 'string', default: '50000' },
  format: { type: 'string', default: 'csv' },
} as const;

const OF_STATEMENTS = {
  ...COMMON,
  lines: { type: 'string', default: '20000' },
  rounds: { type: 'string', default: '3' },
} as const;

export type BooksBenchmark = 'pages' | 'reports' | 'exports' | 'statements';

export function readBooksBenchmark(benchmark: BooksBenchmark, args: string[]): AskedOfBooks {
  switch (benchmark) {
    case 'pages':
    case 'reports':
      return readSizes(benchmark, args);
    case 'exports': {
      const { values } = parseArgs({ args, options: OF_EXPORTS });
      if (values.help) return { kind: 'HELP' };
      const { format } = values;
      if (format !== 'csv' && format !== 'jsonl') throw new Error('--format is none of csv, jsonl');
      const rows = wholeNumber('--rows', values.rows, 5_000_000, 1_000);
      return { kind: 'EXPORTS', options: { rows, format, json: values.json } };
    }
    case 'statements': {
      const { values } = parseArgs({ args, options: OF_STATEMENTS });
      if (values.help) return { kind: 'HELP' };
      const lines = wholeNumber('--lines', values.lines, 1_000_000, 100);
      const rounds = wholeNumber('--rounds', values.rounds, 20);
      return { kind: 'STATEMENTS', options: { lines, rounds, json: values.json } };
    }
  }
}

function readSizes(benchmark: 'pages' | 'reports', args: string[]): AskedOfBooks {
  const { values } = parseArgs({ args, options: OF_SIZES });
  if (values.help) return { kind: 'HELP' };
  const options = {
    transactions: wholeNumber('--transactions', values.transactions, 10_000_000, 1_000),
    stores: wholeNumber('--stores', values.stores, 5_000, 20),
    rounds: wholeNumber('--rounds', values.rounds, 500),
    serverUrl: values.server,
    json: values.json,
  };
  return benchmark === 'pages' ? { kind: 'PAGES', options } : { kind: 'REPORTS', options };
}
