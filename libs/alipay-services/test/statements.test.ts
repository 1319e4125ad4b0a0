import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import {
  readSettlementStatement,
  type SettlementStatementLine,
  type SettlementTotals,
} from '../src/statements/settlement-statement';
import { type StatementUnreadable } from '../src/statements/statement-error';
import {
  readTransactionStatement,
  type TransactionStatementHeader,
  type TransactionStatementLine,
} from '../src/statements/transaction-statement';

const file = (name: string): Buffer => readFileSync(join(__dirname, 'statements', name));

async function drain<Line, Result>(
  reading: AsyncGenerator<Line[], Result>,
): Promise<{ lines: Line[]; result: Result }> {
  const lines: Line[] = [];
  for (;;) {
    const step = await reading.next();
    if (step.done === true) return { lines, result: step.value };
    lines.push(...step.value);
  }
}

function readTransactions(
  bytes: Buffer,
  chunkSize = bytes.length || 1,
): Promise<{ lines: TransactionStatementLine[]; result: TransactionStatementHeader | null }> {
  return drain(readTransactionStatement(chunksOf(bytes, chunkSize)));
}

function readSettlement(
  bytes: Buffer,
): Promise<{ lines: SettlementStatementLine[]; result: SettlementTotals }> {
  return drain(readSettlementStatement([bytes]));
}

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

const hkd = (minor: bigint) => ({ minor, currency: 'HKD' });

test('every layout of a transaction file says the same of what it holds', async () => {
  const whole = await readTransactions(file('transaction-17-columns.txt'));

  expect(whole.result).toEqual({ partner: '2088000000000001', date: '2026-01-02', totalCount: 4 });
  expect(whole.lines[0]).toEqual({
    lineNumber: 3,
    partnerTransactionId: '20260102000001',
    transactionId: '2026010222001400000000000001',
    amount: hkd(10_000n),
    fee: hkd(80n),
    paymentTime: new Date('2026-01-02T02:45:42Z'),
    type: 'PAYMENT',
    remark: '',
    secondaryMerchantIndustry: '5812',
    secondaryMerchantName: '翡翠茶餐廳',
    secondaryMerchantId: 'M_1',
    operatorName: '阿明',
    orderScene: 'shopQrCode',
    transAmount: hkd(10_000n),
    transForexRate: '1',
    issue: 'ALIPAYHK',
  });
  expect(whole.lines.map(({ type, amount }) => [type, amount.minor])).toEqual([
    ['PAYMENT', 10_000n],
    ['REFUND', 1_250n],
    ['PAYMENT', 880n],
    ['CANCEL', 4_000n],
  ]);
  const same = ['transaction-crlf-byte-order-mark.txt', 'transaction-other-order.txt'];
  for (const name of same) expect(await readTransactions(file(name))).toEqual(whole);
  expect((await readTransactions(file('transaction-15-columns.txt'))).lines).toEqual(
    whole.lines.map((line) => ({ ...line, secondaryMerchantId: '', issue: '' })),
  );
  expect((await readTransactions(file('transaction-8-columns.txt'))).lines).toMatchObject(
    whole.lines.map(({ amount, fee, remark, type }) => ({ amount, fee, remark, type })),
  );
  expect((await readTransactions(file('transaction-gbk.txt'))).lines[1]).toEqual({
    ...whole.lines[1],
    secondaryMerchantName: '翡翠茶餐厅',
  });
});

test('an empty file is a result', async () => {
  expect(await readTransactions(file('transaction-nothing.txt'))).toEqual({
    lines: [],
    result: null,
  });
  expect(await readTransactions(file('transaction-no-lines.txt'))).toMatchObject({
    lines: [],
    result: { totalCount: 0 },
  });
  expect((await readSettlement(Buffer.alloc(0))).result.lineCount).toBe(0);
});

test.each(['\n', ' ', '\uFEFF', '\uFEFF\r\n\r\n'])(
  'blanks alone, as %j, are no file',
  async (blanks) => {
    const complaint = { code: 'ALIPAY_STATEMENT_UNREADABLE', fault: 'FOREIGN', lineNumber: 0 };

    await expect(readTransactions(Buffer.from(blanks))).rejects.toMatchObject(complaint);
    await expect(readSettlement(Buffer.from(blanks))).rejects.toMatchObject(complaint);
  },
);

test('in whatever pieces a file arrives, it reads the same', async () => {
  for (const name of ['transaction-crlf-byte-order-mark.txt', 'transaction-gbk.txt']) {
    const whole = await readTransactions(file(name));
    for (const size of [1, 2, 3, 7, 64]) {
      expect(await readTransactions(file(name), size)).toEqual(whole);
    }
  }
});

test('a settlement file reads the same with and without names, and adds up', async () => {
  const withNames = await readSettlement(file('settlement-with-names.txt'));
  const without = await readSettlement(file('settlement-without-names.txt'));

  expect(without.lines).toEqual(
    withNames.lines.map((line) => ({ ...line, lineNumber: line.lineNumber - 1 })),
  );
  expect(without.lines.map(({ type, amount, settlement }) => [type, amount, settlement])).toEqual([
    ['PAYMENT', hkd(10_000n), hkd(9_920n)],
    ['REFUND', hkd(1_250n), hkd(1_240n)],
    ['REFUND', hkd(880n), hkd(880n)],
  ]);
  expect(Object.fromEntries(without.result.byCurrency)).toEqual({
    HKD: { amount: 7_870n, fee: 70n, settlement: 7_800n },
  });
});

const good = file('transaction-17-columns.txt').toString();
const settled = file('settlement-without-names.txt').toString();

test.each<[string, string | Buffer, Partial<StatementUnreadable>]>([
  [
    'fewer lines than promised',
    good.split('\n').slice(0, 5).join('\n') + '\n',
    { fault: 'TRUNCATED', lineNumber: 1, column: 'Total_count' },
  ],
  [
    'more lines than promised',
    good.replace('count:4', 'count:3'),
    { fault: 'INVALID', lineNumber: 1, column: 'Total_count' },
  ],
  ['an end within a line', good.slice(0, -40), { fault: 'TRUNCATED', lineNumber: 6 }],
  ['an end within the header', 'Partner:20880000', { fault: 'TRUNCATED', lineNumber: 1 }],
  ['an end after the header', good.slice(0, good.indexOf('\n') + 1), { fault: 'TRUNCATED' }],
  [
    'an id in scientific notation',
    good.replace('2026010222001400000000000002', '2.02601E+27'),
    { fault: 'MANGLED', lineNumber: 5, column: 'Transaction_id' },
  ],
  [
    'an id of which a spreadsheet kept fifteen digits',
    good.replace('2026010222001400000000000002', '2026010222001400000000000000'),
    { fault: 'MANGLED', lineNumber: 5, column: 'Transaction_id' },
  ],
  [
    'an order number in scientific notation',
    good.replace('20260102000002|', '2.02601E+13|'),
    { fault: 'MANGLED', lineNumber: 5, column: 'Partner_transaction_id' },
  ],
  ['commas instead of bars', good.replaceAll('|', ','), { fault: 'MANGLED', lineNumber: 1 }],
  [
    'commas in the names alone',
    good.replace(/^Partner_.*$/m, (names) => names.replaceAll('|', ',')),
    { fault: 'MANGLED', lineNumber: 2 },
  ],
  ['quotes around the header', `"${good}`, { fault: 'MANGLED', lineNumber: 1 }],
  [
    'a date as a spreadsheet shows it',
    good.replace('2026-01-02 10:45:42', '2/1/2026 10:45'),
    { fault: 'INVALID', lineNumber: 3, column: 'Payment_time' },
  ],
  [
    'a page instead of a file',
    '<html><body>login</body></html>\n',
    { fault: 'FOREIGN', lineNumber: 1 },
  ],
  [
    'names that lack a column',
    good.replace('|Charge_amount|', '|Charge|'),
    { fault: 'FOREIGN', lineNumber: 2 },
  ],
  ['a column twice', good.replace('|Remark|', '|Currency|'), { fault: 'INVALID', lineNumber: 2 }],
  [
    'a value too many',
    good.replace('|HKD|100.00|', '|HKD|100.00||'),
    { fault: 'INVALID', lineNumber: 3 },
  ],
  [
    'a third decimal',
    good.replace('|8.8|', '|8.801|'),
    { fault: 'INVALID', lineNumber: 5, column: 'Transaction_amount' },
  ],
  [
    'a negative amount',
    good.replace('|8.8|', '|-8.8|'),
    { fault: 'INVALID', lineNumber: 5, column: 'Transaction_amount' },
  ],
  [
    'no id',
    good.replace('R5f0c|', '|'),
    { fault: 'INVALID', lineNumber: 4, column: 'Partner_transaction_id' },
  ],
  [
    'another type',
    good.replace('|CANCEL|', '|CANCELLED|'),
    { fault: 'INVALID', lineNumber: 6, column: 'Transaction_type' },
  ],
  [
    'another currency',
    good.replace('|8.8|0.07|HKD', '|8.8|0.07|HK$'),
    { fault: 'INVALID', lineNumber: 5, column: 'Currency' },
  ],
  [
    'two charsets',
    Buffer.concat([Buffer.from(good.slice(0, -1)), file('transaction-gbk.txt')]),
    { fault: 'MIS_ENCODED' },
  ],
  [
    'bytes that its charset lacks',
    Buffer.concat([Buffer.from(good), Buffer.from([0xff, 0xff, 0x0a])]),
    { fault: 'MIS_ENCODED', lineNumber: 7 },
  ],
  [
    'a zero byte in a free text',
    good.replace('|CANCEL|', '|CANCEL|\u0000'),
    { fault: 'INVALID', lineNumber: 6 },
  ],
  ['a line without end', 'Partner:'.repeat(4_000), { fault: 'FOREIGN', lineNumber: 1 }],
])('a transaction file with %s is refused, with its place', async (_name, damaged, complaint) => {
  await expect(readTransactions(Buffer.from(damaged))).rejects.toMatchObject({
    code: 'ALIPAY_STATEMENT_UNREADABLE',
    ...complaint,
  });
});

test.each(['20260102E00002', '4512e890'])(
  'an id of digits about one e is an id: %s',
  async (id) => {
    const { lines } = await readTransactions(
      Buffer.from(good.replace('20260102000002|', `${id}|`)),
    );

    expect(lines.map(({ partnerTransactionId }) => partnerTransactionId)).toContain(id);
  },
);

test.each<[string, string, Partial<StatementUnreadable>]>([
  [
    'a sum that does not come out',
    settled.replace('|99.20|', '|99.21|'),
    { fault: 'INVALID', lineNumber: 1, column: 'Settlement' },
  ],
  [
    'another type',
    settled.replace('|P|L|', '|X|L|'),
    { fault: 'INVALID', lineNumber: 1, column: 'Type' },
  ],
  [
    'a payment below zero',
    settled.replace('|100.00|0.80|99.20|', '|-100.00|-0.80|-99.20|'),
    { fault: 'INVALID', lineNumber: 1, column: 'Amount' },
  ],
  ['a transaction file’s lines', good, { fault: 'INVALID', lineNumber: 1 }],
  ['a zero byte', settled.replace('|P|L|', '|P|\u0000|'), { fault: 'INVALID', lineNumber: 1 }],
  ['an end within a line', settled.slice(0, -60), { fault: 'TRUNCATED', lineNumber: 3 }],
])('a settlement file with %s is refused, with its place', async (_name, damaged, complaint) => {
  await expect(readSettlement(Buffer.from(damaged))).rejects.toMatchObject(complaint);
});

test.each<[string, string, string, bigint[]]>([
  ['a payment that brings something', 'P', '10.00|-0.05|10.05', [1000n, -5n, 1005n]],
  ['a refund with its fee', 'R', '-3.00|-0.02|-2.98', [300n, 2n, 298n]],
  ['a refund without signs', 'R', '3.00|0.02|2.98', [300n, 2n, 298n]],
  ['a refund that costs a fee', 'R', '-3.00|0.02|-3.02', [300n, -2n, 302n]],
  ['a fee alone', 'P', '0.00|0.05|-0.05', [0n, 5n, -5n]],
])(
  'of a settlement line %s still comes out, whatever its signs',
  async (_what, type, sums, expected) => {
    const [first = ''] = settled.split('\n');
    const columns = first.split('|');
    columns.splice(2, 3, ...sums.split('|'));
    columns[8] = type;

    const { lines } = await readSettlement(Buffer.from(`${columns.join('|')}\n`));

    expect(lines.map((it) => [it.amount.minor, it.fee.minor, it.settlement.minor])).toEqual([
      expected,
    ]);
  },
);

test('cut at any byte, a transaction file is refused, or only a free text is shorter', async () => {
  const bytes = file('transaction-17-columns.txt');
  const whole = await readTransactions(bytes);
  const bare = (lines: readonly TransactionStatementLine[]) =>
    lines.map(({ issue: _issue, ...line }) => line);

  for (let length = 1; length < bytes.length; length += 1) {
    const read = await readTransactions(bytes.subarray(0, length)).catch(() => undefined);
    if (read !== undefined) expect(bare(read.lines)).toEqual(bare(whole.lines));
  }
});

test('whatever bytes come, they are read or refused with a place, and nothing else is thrown', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(good.length),
      fc.uint8Array({ minLength: 1, maxLength: 6 }),
      async (at, noise) => {
        const bytes = Buffer.from(good);
        bytes.set(noise.slice(0, bytes.length - at), at);
        await readTransactions(bytes).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'ALIPAY_STATEMENT_UNREADABLE' });
        });
      },
    ),
    { numRuns: 500 },
  );
});
