import { type ColumnOptions } from 'typeorm';

/** int8 as bigint: node-postgres hands it over as text, and a number would lose money. */
export const bigintColumn: ColumnOptions = {
  type: 'bigint',
  transformer: {
    from: (text: string | null): bigint | null => (text === null ? null : BigInt(text)),
    to: (minor: bigint | null | undefined): string | null | undefined =>
      minor === null || minor === undefined ? minor : minor.toString(),
  },
};

/** Milliseconds are what a Date holds: a cursor made from one finds its row again. */
export const instantColumn: ColumnOptions = { type: 'timestamptz', precision: 3 };
