import type { Chance } from '../chance';
import { instantOf } from './calendar';
import { type Row, type StatementFile, writeFile, type Writing } from './statement-file';

/** What Alipay books on the day after: the last quarter of an hour, and any refund. */
export interface BookedLater {
  readonly file: StatementFile;
  readonly later: readonly Row[];
}

const MARGIN_MS = 14 * 60_000;

/** Takes out of a day's file what may come with the next one, and puts in what the last one lacked. */
export function bookLater(
  chance: Chance,
  file: StatementFile,
  earlier: readonly Row[],
): BookedLater {
  const midnight = instantOf(file.day, '24:00:00').getTime();
  const latest = new Set(
    file.rows
      .filter((row) => row['Transaction_type'] === 'PAYMENT')
      .filter((row) => midnight - timeOf(row) <= MARGIN_MS && chance.below(2) === 0)
      .map((row) => row['Transaction_id']),
  );
  const isLater = (row: Row): boolean =>
    latest.has(row['Transaction_id']) ||
    (row['Transaction_type'] === 'REFUND' && chance.below(4) === 0);
  const later = file.rows.filter(isLater);
  const kept = file.rows.filter((row) => !later.includes(row));
  return { file: { ...file, rows: [...earlier, ...kept] }, later };
}

function timeOf(row: Row): number {
  return Date.parse(`${(row['Payment_time'] ?? '').replace(' ', 'T')}+08:00`);
}

const OTHER_PRODUCT: Row = {
  Partner_transaction_id: 'OTHER-PRODUCT-1',
  Transaction_id: '2026010522001400000000999999',
  Transaction_amount: '7.00',
  Amount: '7.00',
  Charge_amount: '0.06',
  Fee: '0.06',
  Settlement: '6.94',
  Currency: 'HKD',
  Transaction_type: 'PAYMENT',
  Type: 'P',
  Status: 'L',
  Order_scene: 'paymentQrCode',
};

/** The same said in another way: order, layout, charset, line ends, lines of other products. */
export function writeHarmlessly(chance: Chance, file: StatementFile): Buffer {
  const [names, layout] = namesOf(chance, file);
  const strangers: Row[] =
    chance.below(4) === 0 && layout === 'whole'
      ? [
          {
            ...OTHER_PRODUCT,
            Payment_time: `${file.day} 12:00:00`,
            Settlement_time: `${file.day} 12:00:00`,
          },
        ]
      : [];
  const rows = shuffled(chance, [...file.rows, ...strangers]);
  const writing: Writing = {
    end: chance.oneOf(['\n', '\n', '\r\n']),
    charset: chance.oneOf(['UTF-8', 'UTF-8', 'GBK']),
    named: file.kind === 'settlement' && (names !== file.names || chance.below(2) === 0),
  };
  return writeFile({ ...file, names, rows }, writing);
}

/** Older layouts have 15 or 8 columns; names may stand in any order, and there may be more. */
function namesOf(
  chance: Chance,
  { kind, names }: StatementFile,
): readonly [readonly string[], 'whole' | 'older'] {
  const how = chance.oneOf(['as it is', 'as it is', 'other order', 'more', '15', '8'] as const);
  if (how === 'other order') return [shuffled(chance, names), 'whole'];
  if (how === 'more') return [[...names, 'Invented_since'], 'whole'];
  if (kind === 'transaction' && how === '15') return [names.slice(0, 15), 'older'];
  if (kind === 'transaction' && how === '8') return [names.slice(0, 8), 'older'];
  return [names, 'whole'];
}

export function shuffled<Item>(chance: Chance, items: readonly Item[]): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(chance.below(left.length), 1));
}
