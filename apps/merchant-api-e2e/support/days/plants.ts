import { formatAmount, parseAmount } from '@countersign/alipay-protocol';

import { addDays } from './calendar';
import {
  fileNameOf,
  lineNumberOf,
  type Row,
  type StatementFile,
  writeFile,
} from './statement-file';

/** One complaint: line, kind, status, field, what our books say, what the file says. */
export type Complaint = readonly [
  line: number | null,
  kind: string,
  status: string,
  field: string | null,
  expected: string | null,
  actual: string | null,
];

export interface Planted {
  readonly bytes: Buffer;
  /** The file is spoilt as a whole: what is said of it. */
  readonly rejected?: RegExp;
  readonly complaints?: readonly Complaint[];
}

/** One way for a file to contradict the books, or itself; at one of its rows. */
export interface Plant {
  readonly name: string;
  readonly of: StatementFile['kind'];
  /** Which rows it can be planted at. */
  readonly at: (row: Row, file: StatementFile) => boolean;
  readonly plant: (file: StatementFile, place: number, row: Row) => Planted;
}

const STRANGE_ORDER = 'ORDER-OF-NOBODY';
const STRANGE_TRADE = '2026010122001777777777777777';

const typeOf = (row: Row): string => row['Transaction_type'] ?? row['Type'] ?? '';
const isPayment = (row: Row): boolean => ['PAYMENT', 'P'].includes(typeOf(row));
const isRefund = (row: Row): boolean => ['REFUND', 'R'].includes(typeOf(row));
const isCancel = (row: Row): boolean => typeOf(row) === 'CANCEL';
const anyRow = (): boolean => true;
/** Nothing else in the file tells of the trade. */
const isAlone = (row: Row, { rows }: StatementFile): boolean =>
  isPayment(row) &&
  rows.filter((one) => one['Transaction_id'] === row['Transaction_id']).length === 1;
const hasRefund = (row: Row, { rows }: StatementFile): boolean =>
  isPayment(row) &&
  rows.some((one) => isRefund(one) && one['Transaction_id'] === row['Transaction_id']);

const amountColumn = (row: Row): string => ('Amount' in row ? 'Amount' : 'Transaction_amount');

/** The minor unit more, whatever the sign. */
function more(amount: string, currency: string): string {
  const sign = amount.startsWith('-') ? '-' : '';
  const { minor } = parseAmount(amount.slice(sign.length), currency);
  return sign + formatAmount({ minor: minor + 1n, currency });
}

function shown(row: Row, name: string, currency = row['Currency'] ?? ''): string {
  return `${(row[name] ?? '').replace('-', '')} ${currency}`;
}

function changed(file: StatementFile, place: number, some: Row): Buffer {
  const rows = file.rows.map((row, at) => (at === place ? { ...row, ...some } : row));
  return writeFile({ ...file, rows });
}

function added(file: StatementFile, row: Row): { readonly bytes: Buffer; readonly line: number } {
  return {
    bytes: writeFile({ ...file, rows: [...file.rows, row] }),
    line: lineNumberOf(file, file.rows.length),
  };
}

/** A value of one row that contradicts what is on record. */
function contradiction(
  name: string,
  of: StatementFile['kind'],
  at: Plant['at'],
  spoil: (row: Row) => {
    some: Row;
    kind?: string;
    field: string;
    expected: string;
    actual: string;
  },
): Plant {
  return {
    ...{ name, of, at },
    plant: (file, place, row) => {
      const { some, kind = 'STATUS_MISMATCH', field, expected, actual } = spoil(row);
      return {
        bytes: changed(file, place, some),
        complaints: [[lineNumberOf(file, place), kind, 'OPEN', field, expected, actual]],
      };
    },
  };
}

const instantIn = (row: Row): string =>
  new Date(`${(row['Payment_time'] ?? '').replace(' ', 'T')}+08:00`).toISOString();

const wrongAmount = (row: Row) => {
  const column = amountColumn(row);
  const currency = row['Currency'] ?? '';
  const amount = more(row[column] ?? '', currency);
  const some: Row = {
    [column]: amount,
    Trans_amount: amount.replace('-', ''),
    ...('Settlement' in row ? { Settlement: more(row['Settlement'] ?? '', currency) } : {}),
  };
  return {
    ...{ some, kind: 'AMOUNT_MISMATCH', field: 'amount' },
    expected: shown(row, column),
    actual: shown(some, column, currency),
  };
};
const wrongOrder = (row: Row) => ({
  some: { Partner_transaction_id: STRANGE_ORDER },
  field: 'partnerTransId',
  expected: row['Partner_transaction_id'] ?? '',
  actual: STRANGE_ORDER,
});
const wrongTrade = (row: Row) => ({
  some: { Transaction_id: STRANGE_TRADE },
  field: 'alipayTransId',
  expected: row['Transaction_id'] ?? '',
  actual: STRANGE_TRADE,
});
const wrongMerchant = (row: Row) => ({
  some: { Secondary_merchant_id: 'M_SOMEBODY' },
  field: 'secondaryMerchantId',
  expected: row['Secondary_merchant_id'] ?? '',
  actual: 'M_SOMEBODY',
});
const wrongTime = (row: Row) => {
  const [day = '', time = ''] = (row['Payment_time'] ?? '').split(' ');
  const some = { Payment_time: `${addDays(day, -3)} ${time}` };
  return { some, field: 'paidAt', expected: instantIn(row), actual: instantIn(some) };
};
const wrongCurrency = (row: Row) => ({
  some: { Currency: 'EUR', Trans_currency: 'EUR' },
  ...{ kind: 'AMOUNT_MISMATCH', field: 'currency' },
  expected: row['Currency'] ?? '',
  actual: 'EUR',
});

const CONTRADICTIONS: readonly Plant[] = (['transaction', 'settlement'] as const).flatMap((of) => [
  contradiction('a payment’s amount', of, isPayment, wrongAmount),
  contradiction('a refund’s amount', of, isRefund, wrongAmount),
  contradiction(
    'a payment’s currency',
    of,
    (row) => isPayment(row) && row['Currency'] !== 'JPY',
    wrongCurrency,
  ),
  contradiction('a payment’s order number', of, isPayment, wrongOrder),
  contradiction('a refund’s trade', of, isRefund, wrongTrade),
  contradiction('a payment’s merchant', of, isPayment, wrongMerchant),
  contradiction('a refund’s merchant', of, isRefund, wrongMerchant),
  contradiction('a payment’s time', of, isPayment, wrongTime),
  duplicate('a payment twice', of, isPayment),
  duplicate('a refund twice', of, isRefund),
  {
    name: 'a refund that no longer fits',
    of,
    at: hasRefund,
    plant: (file, _place, row) => refundOf(file, row),
  },
  {
    name: 'a refund of nobody’s payment',
    of,
    at: isPayment,
    plant: (file, _place, row) => refundOf(file, { ...row, Transaction_id: STRANGE_TRADE }),
  },
  ...rejections(of),
]);

/** Of the whole amount, again. */
function refundOf(file: StatementFile, row: Row): Planted {
  const type: Row = 'Type' in row ? { Type: 'R' } : { Transaction_type: 'REFUND' };
  const { bytes, line } = added(file, { ...row, ...type, Partner_transaction_id: 'R-OF-NOBODY' });
  const amount = shown(row, amountColumn(row));
  return { bytes, complaints: [[line, 'MISSING_LOCALLY', 'OPEN', 'refund', null, amount]] };
}

function duplicate(name: string, of: StatementFile['kind'], at: Plant['at']): Plant {
  return {
    ...{ name, of, at },
    plant: (file, place, row) => {
      const { bytes, line } = added(file, row);
      const first = `${fileNameOf(file)}:${lineNumberOf(file, place)}`;
      return { bytes, complaints: [[line, 'DUPLICATE_LINE', 'OPEN', 'line', null, first]] };
    },
  };
}

const MISSING: readonly Plant[] = [
  missing('a payment that the file lacks', 'payment', isAlone, 'OPEN'),
  missing('a cancel that the file lacks', 'cancel', isCancel, 'OPEN'),
  missing(
    'a refund that the file lacks, and that may still come',
    'refund',
    isRefund,
    'NOT_YET_DUE',
  ),
];

function missing(name: string, field: string, at: Plant['at'], status: string): Plant {
  return {
    ...{ name, at, of: 'transaction' },
    plant: (file, place, row) => ({
      bytes: writeFile({ ...file, rows: file.rows.filter((_row, one) => one !== place) }),
      complaints: [
        [null, 'MISSING_IN_STATEMENT', status, field, shown(row, 'Transaction_amount'), null],
      ],
    }),
  };
}

const TRANSACTIONS_ONLY: readonly Plant[] = [
  ...MISSING,
  contradiction('a cancel’s amount', 'transaction', isCancel, wrongAmount),
  contradiction('a cancel’s order number', 'transaction', isCancel, wrongOrder),
  duplicate('a cancel twice', 'transaction', isCancel),
  contradiction('what is settled of a payment', 'transaction', isPayment, (row) => {
    const { some, ...complaint } = wrongAmount(row);
    return { ...complaint, some: { Transaction_amount: some['Transaction_amount'] ?? '' } };
  }),
  {
    name: 'another number of Alipay’s for our order, whose payment is then missing',
    of: 'transaction',
    at: isAlone,
    plant: (file, place, row) => {
      const { some, field, expected, actual } = wrongTrade(row);
      const amount = shown(row, 'Transaction_amount');
      return {
        bytes: changed(file, place, some),
        complaints: [
          [lineNumberOf(file, place), 'STATUS_MISMATCH', 'OPEN', field, expected, actual],
          [null, 'MISSING_IN_STATEMENT', 'OPEN', 'payment', amount, null],
        ],
      };
    },
  },
  {
    name: 'a cancel of what was refunded in part',
    of: 'transaction',
    at: hasRefund,
    plant: (file, _place, row) => {
      const { bytes, line } = added(file, { ...row, Transaction_type: 'CANCEL' });
      const values = ['status', 'PARTIALLY_REFUNDED', 'CANCELLED'] as const;
      return { bytes, complaints: [[line, 'STATUS_MISMATCH', 'OPEN', ...values]] };
    },
  },
  whole('another partner’s file', /FOREIGN.*line 1: Partner/, (file) =>
    writeFile({ ...file, partner: '2088999999999999' }),
  ),
  whole('another day’s file', /FOREIGN.*line 1: Payment_time/, (file) =>
    writeFile(file, { day: addDays(file.day, 1) }),
  ),
  whole('a count that promises more', /TRUNCATED.*line 1: Total_count/, (file) =>
    writeFile(file, { totalCount: file.rows.length + 1 }),
  ),
  whole('a count that promises less', /INVALID.*line 1: Total_count/, (file) =>
    writeFile(file, { totalCount: file.rows.length - 1 }),
  ),
];

function whole(name: string, rejected: RegExp, spoil: (file: StatementFile) => Buffer): Plant {
  return {
    name,
    of: 'transaction',
    at: anyRow,
    plant: (file) => ({ rejected, bytes: spoil(file) }),
  };
}

/** What makes either file unusable, at one of its rows. */
function rejections(of: StatementFile['kind']): Plant[] {
  const rejection = (
    name: string,
    fault: string,
    column: string,
    spoil: (file: StatementFile, place: number, row: Row) => Buffer,
  ): Plant => ({
    ...{ name, of, at: anyRow },
    plant: (file, place, row) => ({
      bytes: spoil(file, place, row),
      rejected: new RegExp(`${fault}.*line ${lineNumberOf(file, place)}: ${column}`),
    }),
  });
  const value = (name: string, fault: string, column: string, text: (row: Row) => string): Plant =>
    rejection(name, fault, column, (file, place, row) =>
      changed(file, place, { [column]: text(row) }),
    );
  return [
    value('a number in scientific notation', 'MANGLED', 'Transaction_id', (row) =>
      Number(row['Transaction_id']).toExponential(5).toUpperCase(),
    ),
    value(
      'a number of which a spreadsheet kept fifteen digits',
      'MANGLED',
      'Transaction_id',
      (row) => (row['Transaction_id'] ?? '').slice(0, 15).padEnd(28, '0'),
    ),
    value('a time as a spreadsheet shows it', 'INVALID', 'Payment_time', () => '5/1/2026 12:00'),
    value('an empty order number', 'INVALID', 'Partner_transaction_id', () => ''),
    value(
      'a type that nobody knows',
      'INVALID',
      of === 'settlement' ? 'Type' : 'Transaction_type',
      () => 'X',
    ),
    rejection('bytes that are no text', 'MIS_ENCODED', 'holds bytes', (file, place) =>
      spoilByte(changed(file, place, { Secondary_merchant_name: '@' })),
    ),
    rejection('commas for separators', 'MANGLED|INVALID', '', (file, place) =>
      spoilLine(file, place, (line) => line.replaceAll('|', ',')),
    ),
    rejection('a file that ends in this line', 'TRUNCATED', 'breaks off', (file, place) => {
      const lines = linesOf(file);
      const end = lineNumberOf(file, place);
      const half = (lines[end - 1] ?? '').split('|').slice(0, 6).join('|');
      return Buffer.from([...lines.slice(0, end - 1), half].join('\n'));
    }),
    ...(of === 'settlement'
      ? [
          value('a settlement that is not amount − fee', 'INVALID', 'Settlement', (row) =>
            more(row['Settlement'] ?? '', row['Currency'] ?? ''),
          ),
          rejection('a fee that does not come out', 'INVALID', 'Settlement', (file, place, row) =>
            changed(file, place, { Fee: more(row['Fee'] ?? '', row['Currency'] ?? '') }),
          ),
        ]
      : []),
  ];
}

function linesOf(file: StatementFile): string[] {
  return writeFile(file).toString().split('\n');
}

function spoilLine(file: StatementFile, place: number, spoil: (line: string) => string): Buffer {
  const at = lineNumberOf(file, place) - 1;
  return Buffer.from(
    linesOf(file)
      .map((line, one) => (one === at ? spoil(line) : line))
      .join('\n'),
  );
}

/** A byte that begins no character, neither in UTF-8 nor in GBK. */
function spoilByte(bytes: Buffer): Buffer {
  const spoilt = Buffer.from(bytes);
  spoilt[spoilt.indexOf('@')] = 0xff;
  return spoilt;
}

export const PLANTS: readonly Plant[] = [...CONTRADICTIONS, ...TRANSACTIONS_ONLY];
