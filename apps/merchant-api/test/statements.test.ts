import { request } from 'node:http';

import { exchange, statusesOf } from './support/raw-http';
import { type Counter, openCounter, pay, type Paid } from './support/shop';
import { PARTNER_ID, type Stack, startStack, TOKEN } from './support/stack';
import { until } from './support/until';

let stack: Stack;
let counter: Counter;
let paid: Paid;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
  paid = await pay(stack, counter, { gmt_payment: '2026-01-02 15:04:03' });
}, 60_000);
afterAll(() => stack.close());

const NAMES =
  'Partner_transaction_id|Transaction_id|Transaction_amount|Charge_amount|Currency|Payment_time|Transaction_type';
const FILE = `${PARTNER_ID}_transaction_20260102.txt`;

function file(rows: readonly string[], date = '2026-01-02'): string {
  const header = `Partner:${PARTNER_ID}|Payment_time: ${date}|Total_count:${rows.length}`;
  return [header, NAMES, ...rows, ''].join('\n');
}

function upload(name: string, body: string, token = TOKEN): Promise<Response> {
  return fetch(`${stack.api.url}/statements/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
  });
}

function download(path: string, token = TOKEN): Promise<Response> {
  return fetch(`${stack.api.url}/exports/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
}

const STATEMENTS = `{ statements { nodes {
  id kind date fileName status rejection lineCount matchedCount superseded
  discrepancies(first: 5) { totalCount nodes {
    id kind status field expected actual lineNumber transaction { id } refund { id } statement { fileName } } } } } }`;

test('a file is imported by Base64; what it heals and what it disputes can be read, and resolved', async () => {
  const { transaction } = (await stack.client.get(
    `query ($id: ID) { transaction(id: $id) { partnerTransId } }`,
    { id: paid.id },
  )) as { transaction: { partnerTransId: string } };
  const content = file([
    `${transaction.partnerTransId}|${paid.alipayTransId}|10.50|0|HKD|2026-01-02 15:04:03|PAYMENT`,
    `T-LOST|2026010222001400000000000777|88.80|0|HKD|2026-01-02 16:00:00|PAYMENT`,
  ]);

  const { importStatement } = await stack.client.get(
    `mutation ($input: ImportStatementInput!) { importStatement(input: $input) {
       statement { status lineCount } userErrors { code } } }`,
    { input: { fileName: FILE, contentBase64: Buffer.from(content).toString('base64') } },
  );
  const { statements } = (await stack.client.get(STATEMENTS)) as {
    statements: { nodes: { discrepancies: { nodes: { id: string; kind: string }[] } }[] };
  };
  const disputed = statements.nodes[0]?.discrepancies.nodes.find(
    ({ kind }) => kind === 'AMOUNT_MISMATCH',
  );
  const { resolveDiscrepancy } = await stack.client.get(
    `mutation ($input: ResolveDiscrepancyInput!) { resolveDiscrepancy(input: $input) {
       discrepancy { status note resolvedBy } userErrors { code } } }`,
    { input: { discrepancyId: disputed?.id, note: 'a tip' } },
  );

  expect(importStatement).toEqual({
    statement: { status: 'DISCREPANCIES', lineCount: 2 },
    userErrors: [],
  });
  expect(statements.nodes).toMatchObject([
    {
      kind: 'TRANSACTION',
      date: '2026-01-02',
      fileName: FILE,
      matchedCount: 0,
      rejection: null,
      superseded: false,
      discrepancies: {
        totalCount: 2,
        nodes: expect.arrayContaining([
          expect.objectContaining({
            kind: 'AMOUNT_MISMATCH',
            status: 'OPEN',
            field: 'amount',
            expected: '10.00 HKD',
            actual: '10.50 HKD',
            lineNumber: 3,
            transaction: { id: paid.id },
            refund: null,
            statement: { fileName: FILE },
          }),
          expect.objectContaining({ kind: 'MISSING_LOCALLY', status: 'HEALED' }),
        ]) as unknown,
      },
    },
  ]);
  expect(resolveDiscrepancy).toEqual({
    discrepancy: { status: 'RESOLVED', note: 'a tip', resolvedBy: 'demo' },
    userErrors: [],
  });
  const { node } = await stack.client.get(
    `query ($id: ID!) { node(id: $id) { ... on Discrepancy { status } } }`,
    { id: disputed?.id },
  );
  expect(node).toEqual({ status: 'RESOLVED' });
});

test('what is wrong with a file is said where it was sent, and nothing is changed', async () => {
  const send = async (fileName: string, contentBase64: string) => {
    const { importStatement } = (await stack.client.get(
      `mutation ($input: ImportStatementInput!) { importStatement(input: $input) {
         statement { status rejection } userErrors { code field message } } }`,
      { input: { fileName, contentBase64 } },
    )) as { importStatement: { statement: unknown; userErrors: { field: string[] }[] } };
    return importStatement;
  };

  expect(await send('a.txt', '')).toMatchObject({
    statement: null,
    userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'fileName'] }],
  });
  expect(await send(FILE, '%%%')).toMatchObject({
    userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'contentBase64'] }],
  });
  expect(
    await send(`${PARTNER_ID}_transaction_20260104.txt`, Buffer.from('<html>').toString('base64')),
  ).toMatchObject({
    statement: { status: 'REJECTED', rejection: expect.stringContaining('line 1') as string },
    userErrors: [{ code: 'INVALID_INPUT' }],
  });
  const { reconcileDay } = await stack.client.get(
    `mutation { reconcileDay(input: { date: "2026-01-02" }) { statements { id } userErrors { code } } }`,
  );
  expect(reconcileDay).toEqual({ statements: [], userErrors: [{ code: 'NOT_ALLOWED_IN_STATE' }] });
});

const MANY = 2_500;

/** A busy day, written straight into the books: line by line it would take its time. */
async function takeManyPayments(): Promise<string[]> {
  await stack.database.run(
    `insert into transactions (id, alipay_trans_id, partner_trans_id, status, alipay_status, alipay_statuses_seen,
       amount_minor, currency, payment_institution, paid_at, created_at, updated_at)
     select gen_random_uuid(), '2026010522001400' || lpad(n::text, 12, '0'), 'T' || n, 'PAID', 'TRADE_SUCCESS',
       '{TRADE_SUCCESS}', 100, 'HKD', 'ALIPAY_HK', '2026-01-05T02:00:00Z', now(), now()
     from generate_series(1, ${MANY}) n`,
  );
  return Array.from(
    { length: MANY },
    (_, index) =>
      `T${index + 1}|2026010522001400${String(index + 1).padStart(12, '0')}|1.00|0|HKD|2026-01-05 10:00:00|PAYMENT`,
  );
}

test('a file of any size is streamed, for those who may', async () => {
  const name = `${PARTNER_ID}_transaction_20260105.txt`;
  const rows = await takeManyPayments();

  expect((await upload(name, 'x', 'wrong')).status).toBe(401);
  expect((await upload('a.txt', 'x')).status).toBe(422);
  const response = await upload(name, file(rows, '2026-01-05'));

  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    statement: { status: 'RECONCILED', lineCount: MANY, matchedCount: MANY },
    userErrors: [],
  });
});

test('an upload that breaks off is no shorter file', async () => {
  const name = `${PARTNER_ID}_settlement_20260105.txt`;
  const sending = request(`${stack.api.url}/statements/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-length': '1000' },
  });
  sending.on('error', () => undefined);
  sending.write('T1|2026010222001400000000000778|1.00|0|1.00|HKD|');
  await until('the upload has begun', async () => {
    const rows = await stack.database.run('select 1 from statements where imported_at is null');
    return rows.length === 1;
  });
  sending.destroy();

  await until('nothing of it is left', async () => {
    const rows = await stack.database.run('select 1 from statements where imported_at is null');
    return rows.length === 0;
  });
});

test('an export holds what the list and its totals hold, in CSV and in JSON Lines', async () => {
  const filter = '?paidFrom=2026-01-05T00:00:00%2B08:00&paidTo=2026-01-06T00:00:00%2B08:00';
  const { transactions } = (await stack.client.get(
    `{ transactions(first: 1, filter: { paidFrom: "2026-01-05T00:00:00+08:00", paidTo: "2026-01-06T00:00:00+08:00" }) {
         totals { count gross } } }`,
  )) as { transactions: { totals: { count: number; gross: string }[] } };

  const csv = await download(`transactions.csv${filter}`);
  const lines = (await csv.text()).split('\r\n');
  const jsonl = await (await download(`transactions.jsonl${filter}`)).text();
  const rows = jsonl
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);

  expect(csv.headers.get('content-type')).toContain('text/csv');
  expect(lines[0]).toMatch(/^alipay_trans_id,partner_trans_id,status,paid_at,currency,amount/);
  expect(lines.length - 2).toBe(MANY);
  expect(new Set(rows.map((row) => row['alipay_trans_id'])).size).toBe(MANY);
  expect(transactions.totals).toEqual([
    expect.objectContaining({ count: MANY, gross: `${MANY}.00` }),
  ]);
  const { salesReport } = await stack.client.get(
    `{ salesReport(from: "2026-01-05", to: "2026-01-05", groupBy: DAY) { key count gross refunded net currency label } }`,
  );
  expect(salesReport).toEqual([
    {
      ...{ key: '2026-01-05', label: '2026-01-05', currency: 'HKD' },
      ...{ count: MANY, gross: `${MANY}.00`, refunded: '0.00', net: `${MANY}.00` },
    },
  ]);
});

test('where a file that broke off would look whole, by HTTP/1.0, there is no export', async () => {
  const ask = (version: string): Promise<string> =>
    exchange(
      stack.api.port,
      `GET /exports/transactions.csv HTTP/${version}\r\nHost: api\r\n` +
        `Authorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`,
    );

  const [byOld, byNew] = [await ask('1.0'), await ask('1.1')];

  expect(byNew).toMatch(/\r\n0\r\n\r\n$/); // its end
  expect(statusesOf(byOld)).toEqual([505]);
  expect(byOld).toContain('proxy_http_version 1.1');
});

test('no value of an export is a formula, and what is asked for wrongly is said', async () => {
  await stack.client.get(
    `mutation ($input: ClaimTransactionInput!) { claimTransaction(input: $input) { userErrors { code } } }`,
    { input: { transactionId: paid.id, saleReference: '=HYPERLINK("http://evil")' } },
  );
  const text = await (await download('transactions.csv?claimed=true')).text();

  expect(text).toContain(`"'=HYPERLINK(""http://evil"")"`);
  expect((await download('transactions.csv', 'wrong')).status).toBe(401);
  expect((await download('transactions.xls')).status).toBe(404);
  const noSuchDay = 'paidFrom=2026-02-30T00:00:00%2B08:00';
  for (const wrong of [
    ...['foo=1', 'claimed=yes', 'statuses=PAID,LOST', 'paidFrom=2026-01-02', noSuchDay],
  ]) {
    const answer = await download(`transactions.csv?${wrong}`);
    expect([wrong, answer.status]).toEqual([wrong, 400]);
  }
});

test('refunds and settlements are exported by the same filter', async () => {
  await stack.client.get(
    `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { userErrors { code } } }`,
    {
      input: {
        transactionId: paid.id,
        idempotencyKey: 'k',
        amount: { amount: '4', currency: 'HKD' },
      },
    },
  );
  const refunds = await (await download('refunds.jsonl')).text();
  const refund = JSON.parse(refunds.split('\n')[0] ?? '{}') as Record<string, string>;
  const settled = (id: string, amounts: string, type: string): string =>
    `${id}|${paid.alipayTransId}|${amounts}|HKD|2026-01-02 15:04:03|2026-01-03 15:46:00|${type}|L||||||shopQrCode||||\n`;
  await upload(
    `${PARTNER_ID}_settlement_20260103.txt`,
    settled(refund['partner_trans_id'] ?? '', '10.00|0.08|9.92', 'P') +
      settled(refund['partner_refund_id'] ?? '', '4.00|0.03|3.97', 'R'),
  );
  const settlements = await (await download('settlements.jsonl')).text();

  expect(refund).toMatchObject({
    alipay_trans_id: paid.alipayTransId,
    amount: '4.00',
    status: 'SUCCEEDED',
  });
  expect(
    settlements
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
      .map(({ type, amount, fee, settlement }) => [type, amount, fee, settlement])
      .sort(),
  ).toEqual([
    ['PAYMENT', '10.00', '0.08', '9.92'],
    ['REFUND', '4.00', '0.03', '3.97'],
  ]);
});

test('what Alipay still owes is the sum of the payments that no settlement shows', async () => {
  const { unsettledPayments, unsettled, settled } = (await stack.client.get(
    `{ unsettledPayments { count amount { amount currency } oldestPaidAt }
       unsettled: transactions(filter: { settled: false }) { totals { count net } }
       settled: transactions(filter: { settled: true }) { nodes { id } } }`,
  )) as {
    unsettledPayments: { count: number; amount: object; oldestPaidAt: string }[];
    unsettled: { totals: { count: number; net: string }[] };
    settled: { nodes: { id: string }[] };
  };
  const [owed] = unsettled.totals;

  expect(unsettledPayments).toEqual([
    {
      count: owed?.count,
      amount: { amount: owed?.net, currency: 'HKD' },
      oldestPaidAt: '2026-01-02T08:00:00.000Z',
    },
  ]);
  expect(settled.nodes).toEqual([{ id: paid.id }]);
  const rows = await (await download('transactions.jsonl?settled=false')).text();
  expect(rows.trimEnd().split('\n')).toHaveLength(owed?.count ?? 0);
});

test.each([
  ['HOUR', '2026-01-02T15'],
  ['MONTH', '2026-01'],
  ['SHOP', 'Central'],
  ['STORE', ''],
  ['QR_CODE', ''],
])('a report by %s adds up to the same', async (groupBy, key) => {
  const { salesReport } = (await stack.client.get(
    `query ($groupBy: SalesGrouping!) { salesReport(from: "2026-01-01", to: "2026-01-31", groupBy: $groupBy) { key count gross } }`,
    { groupBy },
  )) as { salesReport: { key: string; count: number; gross: string }[] };

  expect(salesReport.reduce((sum, { count }) => sum + count, 0)).toBe(MANY + 2);
  expect(salesReport.map((bucket) => bucket.key)).toContain(key);
});

test('a report of days in the wrong order, or of too many, is refused', async () => {
  for (const [from, to] of [
    ['2026-01-02', '2026-01-01'],
    ['2020-01-01', '2026-01-01'],
  ]) {
    const { errors } = await stack.client.ask(
      `query ($from: LocalDate!, $to: LocalDate!) { salesReport(from: $from, to: $to, groupBy: DAY) { key } }`,
      { from, to },
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
});

test('an amount below zero is a number in an export, and text that looks like one is text', async () => {
  const dear = await pay(stack, counter, { gmt_payment: '2026-01-04 15:04:03' });
  await stack.client.get(
    `mutation ($input: ClaimTransactionInput!) { claimTransaction(input: $input) { userErrors { code } } }`,
    { input: { transactionId: dear.id, saleReference: '-5' } },
  );
  const [row] = await stack.database.run(
    `select partner_trans_id as order from transactions where alipay_trans_id = '${dear.alipayTransId}'`,
  );
  await upload(
    `${PARTNER_ID}_settlement_20260105.txt`,
    `${String(row?.['order'])}|${dear.alipayTransId}|10.00|10.05|-0.05|HKD|2026-01-04 15:04:03|2026-01-05 15:46:00|P|L||||||shopQrCode||||\n`,
  );
  const dayOf = '?paidFrom=2026-01-04T00:00:00%2B08:00&paidTo=2026-01-05T00:00:00%2B08:00';

  const transactions = await (await download(`transactions.csv${dayOf}`)).text();
  const settlements = await (await download(`settlements.csv${dayOf}`)).text();

  expect(transactions).toContain(',10.00,0.00,10.05,-0.05,2026');
  expect(transactions).toContain(",'-5,");
  expect(settlements).toContain(',10.00,10.05,-0.05,HKD,');
});
