// Writes statements.json from the rows below: what a day means, as the files that say it, with the
// iconv command and none of our code.
//
//   node make-vectors.mjs           writes statements.json
//   node make-vectors.mjs --check   writes nothing: says whether the file is what it would write
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const target = fileURLToPath(new URL('statements.json', import.meta.url));

/** The bytes of a text in its charset; a file may be pasted together from two. */
const bytesOf = (parts) =>
  Buffer.concat(
    parts.map(({ charset, text }) =>
      execFileSync('iconv', ['-f', 'UTF-8', '-t', charset], { input: text }),
    ),
  ).toString('base64');

const PARTNER = '2088000000000001';
const DATE = '2026-01-02';
const SHOP = { industry: '5812', merchant: '翡翠茶餐廳', merchantId: 'M_1', operator: '阿明' };

/** Each amount twice: as the file writes it, and what it is in minor units. */
const DAY = [
  { id: '20260102000001', trade: '2026010222001400000000000001', type: 'PAYMENT', issue: 'ALIPAYHK',
    amount: ['100', '10000'], fee: ['0.80', '80'], net: ['99.20', '9920'],
    paid: ['HKD', '100.00', '10000', '1'], at: '10:45:42', remark: '' },
  { id: 'R5f0c', trade: '2026010222001400000000000001', type: 'REFUND', issue: 'ALIPAYHK',
    amount: ['12.50', '1250'], fee: ['0.10', '10'], net: ['12.40', '1240'],
    paid: ['HKD', '12.50', '1250', '1'], at: '11:00:09', remark: '多收' },
  { id: '20260102000002', trade: '2026010222001400000000000002', type: 'PAYMENT', issue: 'ALIPAYCN',
    amount: ['8.8', '880'], fee: ['0.07', '7'], net: ['8.73', '873'],
    paid: ['CNY', '8.09', '809', '0.9193'], at: '23:59:59', remark: '凍檸茶' },
  { id: '20260102000003', trade: '2026010222001400000000000003', type: 'PAYMENT', issue: 'ALIPAYPLUS',
    amount: ['9999999.99', '999999999'], fee: ['0', '0'], net: ['9999999.99', '999999999'],
    paid: ['JPY', '1250', '1250', '0.05'], at: '00:00:00', remark: 'the largest amount there is' },
]; // prettier-ignore

const COMMON = ['Secondary_merchant_industry', 'Secondary_merchant_name', 'Secondary_merchant_id',
  'Operator_name', 'Order_scene', 'Trans_currency', 'Trans_amount', 'Trans_forex_rate', 'Issue']; // prettier-ignore
const FIRST_EIGHT = ['Partner_transaction_id', 'Transaction_id', 'Transaction_amount',
  'Charge_amount', 'Currency', 'Payment_time', 'Transaction_type', 'Remark']; // prettier-ignore
const SEVENTEEN = [...FIRST_EIGHT, ...COMMON];
const FIFTEEN = SEVENTEEN.filter((name) => name !== 'Secondary_merchant_id' && name !== 'Issue');
const TWENTY = ['Partner_transaction_id', 'Transaction_id', 'Amount', 'Fee', 'Settlement', 'Currency',
  'Payment_time', 'Settlement_time', 'Type', 'Status', 'Remarks', ...COMMON]; // prettier-ignore

const SETTLED_AT = '2026-01-03 15:46:00';

/** One row by Alipay's names of columns. In a settlement file money that leaves has a sign. */
function valuesOf(row, sign = '') {
  return {
    Partner_transaction_id: row.id,
    Transaction_id: row.trade,
    Transaction_amount: row.amount[0],
    Charge_amount: row.fee[0],
    Amount: sign + row.amount[0],
    Fee: sign + row.fee[0],
    Settlement: sign + row.net[0],
    Currency: 'HKD',
    Payment_time: `${DATE} ${row.at}`,
    Settlement_time: SETTLED_AT,
    Transaction_type: row.type,
    Type: row.type[0],
    Status: 'L',
    Remark: row.remark,
    Remarks: row.remark,
    Secondary_merchant_industry: SHOP.industry,
    Secondary_merchant_name: SHOP.merchant,
    Secondary_merchant_id: SHOP.merchantId,
    Operator_name: SHOP.operator,
    Order_scene: 'shopQrCode',
    Trans_currency: row.paid[0],
    Trans_amount: sign + row.paid[1],
    Trans_forex_rate: row.paid[3],
    Issue: row.issue,
  };
}

const textOf = (columns, values) => columns.map((name) => values[name]).join('|');
const instant = (text) => new Date(`${text.replace(' ', 'T')}+08:00`).toISOString();
const money = (minor, currency = 'HKD') => ({ minor, currency });
/** What a file says of a row; a column it lacks is an empty text, and an absent amount null. */
function meaningOf(row, columns, lineNumber) {
  const has = (name) => columns.includes(name);
  const said = (name, value) => (has(name) ? value : '');
  return {
    lineNumber,
    partnerTransactionId: row.id,
    transactionId: row.trade,
    amount: money(row.amount[1]),
    fee: money(row.fee[1]),
    ...(has('Settlement') && { settlement: money(row.net[1]) }),
    paymentTime: instant(`${DATE} ${row.at}`),
    ...(has('Settlement_time') && { settlementTime: instant(SETTLED_AT), status: 'L' }),
    type: row.type,
    remark: row.remark,
    secondaryMerchantIndustry: said('Secondary_merchant_industry', SHOP.industry),
    secondaryMerchantName: said('Secondary_merchant_name', SHOP.merchant),
    secondaryMerchantId: said('Secondary_merchant_id', SHOP.merchantId),
    operatorName: said('Operator_name', SHOP.operator),
    orderScene: said('Order_scene', 'shopQrCode'),
    transAmount: has('Trans_amount') ? money(row.paid[2], row.paid[0]) : null,
    transForexRate: said('Trans_forex_rate', row.paid[3]),
    issue: said('Issue', row.issue),
  };
}

const header = `Partner:${PARTNER}|Payment_time: ${DATE}|Total_count:${DAY.length}`;
const transactionText = (columns) =>
  [header, columns.join('|'), ...DAY.map((row) => textOf(columns, valuesOf(row)))]
    .map((line) => `${line}\n`)
    .join('');
const settlementText = (names) =>
  [
    ...(names ? [TWENTY.join('|')] : []),
    ...DAY.map((row) => textOf(TWENTY, valuesOf(row, row.type === 'REFUND' ? '-' : ''))),
  ]
    .map((line) => `${line}\n`)
    .join('');

const transaction = (columns) => ({
  header: { partner: PARTNER, date: DATE, totalCount: DAY.length },
  lines: DAY.map((row, index) => meaningOf(row, columns, index + 3)),
});
/** Payments less refunds: 100.00 − 12.50 + 8.80 + 9,999,999.99, and so on. */
const TOTALS = { HKD: { amount: '1000009629', fee: '77', settlement: '1000009552' } };
const settlement = (names) => ({
  lines: DAY.map((row, index) => meaningOf(row, TWENTY, index + (names ? 2 : 1))),
  totals: TOTALS,
});

const inCharsets = (kind, name, text, means) =>
  ['UTF-8', 'GBK'].map((charset) => ({
    name: `${name}, ${charset}`,
    kind,
    parts: [{ charset, text }],
    means,
  }));

const seventeen = transactionText(SEVENTEEN);
const twenty = settlementText(false);
const lineOf = (text, lineNumber) => text.split('\n')[lineNumber - 1];
const withoutLine = (text, lineNumber) => text.replace(`${lineOf(text, lineNumber)}\n`, '');

/** A damaged copy of a good file, and what is refused about it. */
const damaged = (kind, name, text, fault, lineNumber, column = null, charset = 'UTF-8') => ({
  name,
  kind,
  parts: [{ charset, text }],
  refused: { fault, lineNumber, column },
});
const damagedTransaction = (...rest) => damaged('transaction', ...rest);
const damagedSettlement = (...rest) => damaged('settlement', ...rest);

const vectors = [
  ...inCharsets('transaction', '17 columns', seventeen, transaction(SEVENTEEN)),
  ...inCharsets('transaction', '15 columns', transactionText(FIFTEEN), transaction(FIFTEEN)),
  ...inCharsets('transaction', '8 columns', transactionText(FIRST_EIGHT), transaction(FIRST_EIGHT)),
  ...inCharsets(
    'transaction',
    '17 columns, the lines ended as Windows does',
    seventeen.replaceAll('\n', '\r\n'),
    transaction(SEVENTEEN),
  ),
  ...inCharsets('settlement', '20 columns', twenty, settlement(false)),
  ...inCharsets('settlement', '20 columns with names', settlementText(true), settlement(true)),

  damagedTransaction('a line is missing', withoutLine(seventeen, 4), 'TRUNCATED', 1, 'Total_count'),
  damagedTransaction(
    'a line too many',
    `${seventeen}${lineOf(seventeen, 6)}\n`,
    'INVALID',
    1,
    'Total_count',
  ),
  damagedTransaction('cut within the last line', seventeen.slice(0, -60), 'TRUNCATED', 6),
  damagedTransaction('cut within the header', 'Partner:20880000', 'TRUNCATED', 1),
  damagedTransaction(
    'a trade number in scientific notation',
    seventeen.replace('2026010222001400000000000002', '2.02601E+27'),
    'MANGLED',
    5,
    'Transaction_id',
  ),
  damagedTransaction(
    'a trade number of which fifteen digits are left',
    seventeen.replace('2026010222001400000000000002', '2026010222001400000000000000'),
    'MANGLED',
    5,
    'Transaction_id',
  ),
  damagedTransaction('commas for bars', seventeen.replaceAll('|', ','), 'MANGLED', 1),
  damagedTransaction('a page', '<html><body>login</body></html>\n', 'FOREIGN', 1),
  damagedTransaction(
    'a day as a spreadsheet writes it',
    seventeen.replace('2026-01-02 11:00:09', '2/1/2026 11:00'),
    'INVALID',
    4,
    'Payment_time',
  ),
  damagedTransaction(
    'a third decimal',
    seventeen.replace('|8.8|', '|8.801|'),
    'INVALID',
    5,
    'Transaction_amount',
  ),
  damagedTransaction(
    'a sign',
    seventeen.replace('|12.50|0.10|', '|-12.50|0.10|'),
    'INVALID',
    4,
    'Transaction_amount',
  ),
  damagedTransaction(
    'more than the largest amount',
    seventeen.replace('|9999999.99|', '|10000000.00|'),
    'INVALID',
    6,
    'Transaction_amount',
  ),
  damagedTransaction(
    'a type that nobody knows',
    seventeen.replace('|REFUND|', '|RETURN|'),
    'INVALID',
    4,
    'Transaction_type',
  ),
  damagedTransaction(
    'a bar in a remark, GBK',
    seventeen.replace('凍檸茶', '凍|檸茶'),
    'INVALID',
    5,
    null,
    'GBK',
  ),
  {
    name: 'two charsets in one file',
    kind: 'transaction',
    parts: [
      { charset: 'UTF-8', text: seventeen.split('\n').slice(0, 4).join('\n') },
      { charset: 'GBK', text: `\n${seventeen.split('\n').slice(4).join('\n')}` },
    ],
    refused: { fault: 'MIS_ENCODED', lineNumber: 5, column: null },
  },
  damagedSettlement(
    'a settlement that does not come out',
    twenty.replace('|99.20|', '|99.21|'),
    'INVALID',
    1,
    'Settlement',
  ),
  damagedSettlement('cut within the last line', twenty.slice(0, -60), 'TRUNCATED', 4),
  damagedSettlement('another type', twenty.replace('|R|L|', '|X|L|'), 'INVALID', 2, 'Type'),
  damagedSettlement('a transaction file', seventeen, 'INVALID', 1),
];

const about =
  'Statement files as bytes (base64, made by iconv from `parts`), and what they mean, or which line and column are refused and why (column null: the whole line). ' +
  'Amounts are exact, in minor units, without a sign: the type carries the direction. Times are UTC. Made by make-vectors.mjs.';
const content = `${JSON.stringify(
  { about, vectors: vectors.map((vector) => ({ ...vector, base64: bytesOf(vector.parts) })) },
  null,
  2,
)}\n`;

if (process.argv.includes('--check')) {
  const isSame = readFileSync(target, 'utf8') === content;
  console.log(isSame ? 'iconv writes the same files' : 'iconv writes other files');
  process.exitCode = isSame ? 0 : 1;
} else {
  writeFileSync(target, content);
}
