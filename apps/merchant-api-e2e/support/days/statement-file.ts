import { createSigner, encodeNotification } from '@countersign/alipay-protocol';

import { PARTNER_ID } from '../keys';

export type Kind = 'transaction' | 'settlement';

/** A statement file as rows of values, so that it can be changed in one place and written again. */
export interface StatementFile {
  readonly kind: Kind;
  readonly day: string;
  readonly partner: string;
  readonly names: readonly string[];
  readonly rows: readonly Row[];
}

/** A row's values by Alipay's names. */
export type Row = Readonly<Record<string, string>>;

export function fileNameOf({ kind, day }: Pick<StatementFile, 'kind' | 'day'>): string {
  return `${PARTNER_ID}_${kind}_${day.replaceAll('-', '')}.txt`;
}

export const TRANSACTION_NAMES = [
  ...['Partner_transaction_id', 'Transaction_id', 'Transaction_amount', 'Charge_amount'],
  ...['Currency', 'Payment_time', 'Transaction_type', 'Remark'],
  ...['Secondary_merchant_industry', 'Secondary_merchant_name', 'Secondary_merchant_id'],
  ...[
    'Operator_name',
    'Order_scene',
    'Trans_currency',
    'Trans_amount',
    'Trans_forex_rate',
    'Issue',
  ],
];

export const SETTLEMENT_NAMES = [
  ...['Partner_transaction_id', 'Transaction_id', 'Amount', 'Fee', 'Settlement', 'Currency'],
  ...['Payment_time', 'Settlement_time', 'Type', 'Status', 'Remarks'],
  ...['Secondary_merchant_industry', 'Secondary_merchant_name', 'Secondary_merchant_id'],
  ...[
    'Operator_name',
    'Order_scene',
    'Trans_currency',
    'Trans_amount',
    'Trans_forex_rate',
    'Issue',
  ],
];

/** A file as the gateway wrote it. */
export function readFile(kind: Kind, day: string, text: string): StatementFile {
  const lines = text.split('\n').slice(0, -1);
  const [names, values]: readonly [readonly string[], readonly string[]] =
    kind === 'settlement'
      ? [SETTLEMENT_NAMES, lines]
      : [(lines[1] ?? '').split('|'), lines.slice(2)];
  const rows = values.map((line) => {
    const parts = line.split('|');
    return Object.fromEntries(names.map((name, place) => [name, parts[place] ?? '']));
  });
  return { kind, day, names, rows, partner: PARTNER_ID };
}

export interface Writing {
  readonly end?: '\n' | '\r\n';
  readonly charset?: 'UTF-8' | 'GBK';
  /** A row of names in a settlement file, which may have one. */
  readonly named?: boolean;
  /** What the header says where it is not what is there. */
  readonly totalCount?: number;
  readonly day?: string;
}

export function writeFile(file: StatementFile, writing: Writing = {}): Buffer {
  const { end = '\n', charset = 'UTF-8', named = false } = writing;
  const { kind, names, rows, partner } = file;
  const head =
    kind === 'transaction'
      ? [
          `Partner:${partner}|Payment_time: ${writing.day ?? file.day}|Total_count:${writing.totalCount ?? rows.length}`,
          names.join('|'),
        ]
      : named
        ? [names.join('|')]
        : [];
  const lines = [...head, ...rows.map((row) => names.map((name) => row[name] ?? '').join('|'))];
  return encode(lines.map((line) => line + end).join(''), charset);
}

/** Where the row stands in the file, as an editor counts. */
export function lineNumberOf(
  { kind }: Pick<StatementFile, 'kind'>,
  place: number,
  named = false,
): number {
  return place + (kind === 'transaction' ? 3 : named ? 2 : 1);
}

function encode(text: string, charset: 'UTF-8' | 'GBK'): Buffer {
  if (charset === 'UTF-8') return Buffer.from(text);
  const signer = createSigner({ signType: 'MD5', md5Key: 'a'.repeat(32) });
  const { body } = encodeNotification({ text }, signer, { charset });
  const form = /(?:^|&)text=([^&]*)/.exec(body.toString('latin1'))?.[1] ?? '';
  const bytes = form
    .replaceAll('+', ' ')
    .replace(/%([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}
