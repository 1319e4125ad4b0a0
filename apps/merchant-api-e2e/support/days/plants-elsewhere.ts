import { formatAmount, parseAmount } from '@countersign/alipay-protocol';

import type { Chance } from '../chance';
import { addDays } from './calendar';
import type { DayWorld } from './day-world';
import type { Complaint } from './plants';
import {
  fileNameOf,
  lineNumberOf,
  type Row,
  type StatementFile,
  writeFile,
} from './statement-file';

/** A contradiction between files, or one that stands in our own books. */
export interface PlantElsewhere {
  readonly name: string;
  readonly of: StatementFile['kind'];
  /** Brings it about, and tells which file to import then, and how it is undone. */
  readonly plant: (scene: {
    readonly world: DayWorld;
    readonly chance: Chance;
    readonly file: StatementFile;
  }) => Promise<PlantedElsewhere>;
}

export interface PlantedElsewhere {
  readonly fileName: string;
  readonly bytes: Buffer;
  readonly complaints: readonly Complaint[];
  /** What to import instead; without it the true file. */
  readonly then?: Buffer;
  readonly undo?: () => Promise<void>;
}

/** The true file in other bytes, for the same bytes would change nothing. */
const again = (file: StatementFile): { fileName: string; bytes: Buffer } => ({
  fileName: fileNameOf(file),
  bytes: writeFile(file, { end: '\r\n' }),
});

const toldTwice = (of: StatementFile['kind']): PlantElsewhere => ({
  name: 'a line of another day’s file',
  of,
  plant: ({ chance, file }) => {
    const place = chance.below(file.rows.length);
    const next: StatementFile = { ...file, day: addDays(file.day, 1), rows: rowAt(file, place) };
    const first = `${fileNameOf(file)}:${lineNumberOf(file, place)}`;
    return Promise.resolve({
      fileName: fileNameOf(next),
      bytes: writeFile(next),
      complaints: [[lineNumberOf(next, 0), 'DUPLICATE_LINE', 'OPEN', 'line', null, first]],
      then: writeFile({ ...next, rows: [] }, { named: true }), // a day on which nothing happened
    });
  },
});

export const PLANTS_ELSEWHERE: readonly PlantElsewhere[] = [
  toldTwice('transaction'),
  toldTwice('settlement'),
  {
    name: 'another amount in our books',
    of: 'transaction',
    plant: async ({ world, chance, file }) => {
      const [row, place] = alone(chance, file);
      const currency = row['Currency'] ?? '';
      const { minor } = parseAmount(row['Transaction_amount'] ?? '', currency);
      const set = (amount: bigint): Promise<unknown> =>
        world.rows('update transactions set amount_minor = $2 where alipay_trans_id = $1', [
          row['Transaction_id'],
          `${amount}`,
        ]);
      await set(minor + 1n);
      const ours = `${formatAmount({ minor: minor + 1n, currency })} ${currency}`;
      const theirs = `${row['Transaction_amount'] ?? ''} ${currency}`;
      return {
        ...again(file),
        complaints: [
          [lineNumberOf(file, place), 'AMOUNT_MISMATCH', 'OPEN', 'amount', ours, theirs],
        ],
        undo: async () => {
          await set(minor);
        },
      };
    },
  },
  {
    name: 'a payment in our books that nobody made',
    of: 'transaction',
    plant: async ({ world, chance, file }) => {
      const [row] = alone(chance, file);
      await world.rows(
        `insert into transactions (id, alipay_trans_id, partner_trans_id, status, alipay_status,
           alipay_statuses_seen, amount_minor, currency, payment_institution, paid_at, created_at, updated_at)
         select gen_random_uuid(), 'NOBODY', 'NOBODY', status, alipay_status, alipay_statuses_seen,
           amount_minor, currency, payment_institution, paid_at, created_at, updated_at
         from transactions where alipay_trans_id = $1`,
        [row['Transaction_id']],
      );
      const amount = `${row['Transaction_amount'] ?? ''} ${row['Currency'] ?? ''}`;
      return {
        ...again(file),
        complaints: [[null, 'MISSING_IN_STATEMENT', 'OPEN', 'payment', amount, null]],
        undo: async () => {
          await world.rows(
            `with gone as (delete from discrepancies where transaction_id =
               (select id from transactions where alipay_trans_id = 'NOBODY') returning 1)
             select count(*) from gone`,
          );
          await world.rows(`delete from transactions where alipay_trans_id = 'NOBODY'`);
        },
      };
    },
  },
];

function rowAt({ rows }: StatementFile, place: number): Row[] {
  return rows.slice(place, place + 1);
}

/** A payment of which nothing else is told. */
function alone(chance: Chance, { rows }: StatementFile): readonly [Row, number] {
  const times = (row: Row): number =>
    rows.filter((one) => one['Transaction_id'] === row['Transaction_id']).length;
  return chance.oneOf(
    rows.flatMap((row, place) => (times(row) === 1 ? [[row, place] as const] : [])),
  );
}
