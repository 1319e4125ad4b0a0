import { createTestDatabase, type TestDatabase } from '@countersign/postgres';
import { Client } from 'pg';

import { checkSums, type CheckSums, findDisagreements } from '../src/sum-check/check-sums';
import { type Disagreement, DISAGREEMENT_KINDS } from '../src/sum-check/disagreement';
import { CREATE } from './support/codes';
import { payment, plant, plantCall, plantMessage, refundOf, resolvedRefund } from './support/plant';
import {
  CANCEL,
  DAY_ENDS,
  liveThroughDay,
  named,
  QUERY,
  REFUND,
  REFUND_QUERY,
} from './support/whole-day';

/** A recorded yes to a cancel that gave the payment back. */
const CANCELLED = { service: CANCEL, response: { result_code: 'SUCCESS', action: 'refund' } };

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase(liveThroughDay, { name: 'whole_day' });
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function gather(disagreements: AsyncIterable<Disagreement>): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  for await (const one of disagreements) found.push(one);
  return found;
}

/** What is named once something was planted, which is then taken away again. */
async function afterPlanting(
  planting: Planting,
  options: Partial<CheckSums> = {},
): Promise<Disagreement[]> {
  await client.query('begin');
  try {
    await planting();
    const found = await gather(findDisagreements(client, { now: DAY_ENDS, ...options }));
    return found.filter(({ weight }) => weight !== 'OPEN');
  } finally {
    await client.query('rollback');
  }
}

/** The message of another seller, which the day leaves in quarantine. */
const QUARANTINED = expect.objectContaining({
  kind: 'NOTIFICATION_QUARANTINED',
  weight: 'OPEN',
}) as Disagreement;

test('a whole day of business agrees with every message and call on record', async () => {
  const ends = await client.query<{ end: string }>(
    `select concat_ws(' ', partner_trans_id, t.status, cancel_status,
       (select string_agg(r.status, ' ' order by r.id) from refunds r where transaction_id = t.id)) as end
     from transactions t order by partner_trans_id`,
  );
  expect(ends.rows.map(({ end }) => end)).toEqual([
    'ABSENT PAID FAILED',
    'ADDRESSLESS PAID',
    'CANCELLED CANCELLED DONE',
    'FINISHED FINISHED',
    'FULL REFUNDED SUCCEEDED',
    'GIVEN PARTIALLY_REFUNDED SUCCEEDED',
    'KEPT PAID FAILED FAILED',
    'LOST PARTIALLY_REFUNDED SUCCEEDED',
    'LOST_CANCEL CANCELLED DONE',
    'OPEN PAID PENDING',
    'OPEN_CANCEL PAID PENDING',
    'PARTIAL PARTIALLY_REFUNDED SUCCEEDED SUCCEEDED',
    'PLAIN PAID',
    'REFUSED PARTIALLY_REFUNDED FAILED SUCCEEDED',
    'UNCANCELLED PAID FAILED',
    'UNHEARD PAID',
    'UNPAID AWAITING_PAYMENT',
  ]);

  const sums = checkSums(client, { now: DAY_ENDS });
  const found = await gather(sums);

  expect(found).toEqual([QUARANTINED]);
  expect(sums.compared).toEqual({
    transactions: 17,
    refunds: 11,
    cancels: 4,
    notifications: 18,
    qrCodes: 4,
    events: 46,
    gatewayCalls: 46,
  });
});

type Planting = () => Promise<unknown>;

const overRefund = (): Promise<void> =>
  plant(
    client,
    'alter table transactions drop constraint refunds_within_payment',
    ...resolvedRefund('PARTIAL', 400),
  );
const refundACancelled = (): Promise<void> =>
  plant(
    client,
    'alter table transactions drop constraint cancel_or_refund',
    ...resolvedRefund('CANCELLED', 100),
  );
const change =
  (...statements: readonly string[]): Planting =>
  () =>
    plant(client, ...statements);
const setPayment = (order: string, values: string): Planting =>
  change(`update transactions set ${values} where id = ${payment(order)}`);
const setRefund = (id: string, values: string): Planting =>
  change(`update refunds set ${values} where id = ${id}`);
const setCode = (which: string, values: string): Planting =>
  change(`update qr_codes set ${values} where ${which}`);
const hear =
  (order: string, says: Record<string, string>): Planting =>
  () =>
    plantMessage(client, order, says);
const call =
  (planted: Parameters<typeof plantCall>[1]): Planting =>
  () =>
    plantCall(client, planted);
const forget = (where: string): Planting => change(`delete from gateway_calls c where ${where}`);
/** A refund query about a payment's refund, and what it says. */
const refundQuery =
  (order: string, state: string, at = DAY_ENDS): Planting =>
  async () => {
    const { rows } = await client.query<{ partner_refund_id: string }>(
      `select partner_refund_id from refunds where transaction_id = ${payment(order)}`,
    );
    await plantCall(client, {
      ...{ service: REFUND_QUERY, order, at: new Date(at.getTime() - 1_000_000) },
      request: { out_trade_no: order, out_return_no: rows[0]?.partner_refund_id ?? '' },
      response: { response_code: 'SUCCESS', refund_result_code: state },
    });
  };
const trade = (order: string, more: Record<string, string> = {}): Record<string, string> => ({
  alipay_trans_id: named(order)['trade_no'] ?? '',
  partner_trans_id: order,
  ...{ alipay_trans_status: 'TRADE_SUCCESS', trans_amount: '10.00', currency: 'HKD' },
  ...more,
});
const tradeQuery = (order: string, more: Record<string, string>): Planting =>
  call({ service: QUERY, order, response: trade(order, more) });
const event = (order: string, type: string, refundId = 'null::uuid'): string => `
  insert into transaction_events (id, transaction_id, type, status, amount_minor, currency, refund_id,
    actor, occurred_at, recorded_at)
  select gen_random_uuid(), ${payment(order)}, '${type}', 'PAID', 1000, 'HKD', ${refundId}, 'alipay',
    now(), now()`;
const withoutEvent = (order: string, type: string): Planting =>
  change(
    `delete from transaction_events where transaction_id = ${payment(order)} and type = '${type}'`,
  );
const NOWHERE = `'019b7d00-0000-7000-8000-00000000dead'`;
const AN_HOUR_AGO = `'${new Date(DAY_ENDS.getTime() - 3_600_000).toISOString()}'`;
const COUNTER = `id = (select qr_code_id from transactions where partner_trans_id = 'PLAIN')`;
const WITH_FEE = 'channel_fee_type is not null';
const messageOf = (order: string): string => `transaction_id = ${payment(order)}`;

const PLANTED: readonly (readonly [keyof typeof DISAGREEMENT_KINDS, string, Planting])[] = [
  ['TRANSACTION_SUMS', 'refundedMinor', setPayment('PARTIAL', 'refunded_minor = 699')],
  ['TRANSACTION_SUMS', 'pendingRefundMinor', setPayment('OPEN', 'pending_refund_minor = 99')],
  ['TRANSACTION_OVERDRAWN', 'amountMinor', overRefund],
  ['TRANSACTION_CANCELLED_AND_REFUNDED', 'cancelStatus', refundACancelled],
  [
    'TRANSACTION_CLOSED_UNEXPLAINED',
    'refundedMinor',
    () =>
      hear('PLAIN', { trade_status: 'TRADE_CLOSED' })().then(
        setPayment(
          'PLAIN',
          `status = 'CLOSED', alipay_status = 'TRADE_CLOSED', alipay_statuses_seen = '{TRADE_CLOSED,TRADE_SUCCESS}'`,
        ),
      ),
  ],
  ['TRANSACTION_STATUS', 'status', setPayment('PLAIN', `status = 'CLOSED'`)],
  ['TRANSACTION_STATUS', 'alipayStatus', setPayment('PLAIN', `alipay_status = 'TRADE_CLOSED'`)],
  ['TRANSACTION_STATUS', 'isPaid', setPayment('PLAIN', 'paid_at = null')],
  ['TRANSACTION_DIFFERS', 'amountMinor', hear('PLAIN', { total_fee: '10.01' })],
  ['TRANSACTION_DIFFERS', 'alipayTransId', hear('PLAIN', { trade_no: 'another' })],
  ['TRANSACTION_DIFFERS', 'currency', hear('PLAIN', { currency: 'USD' })],
  ['TRANSACTION_DIFFERS', 'partnerTransId', hear('PLAIN', { out_trade_no: 'another' })],
  [
    'TRANSACTION_DIFFERS',
    'qrCodeId',
    change(
      `update notifications set qr_code_id = (select id from qr_codes where ${WITH_FEE})
       where ${messageOf('PLAIN')}`,
    ),
  ],
  ['TRANSACTION_DIFFERS', 'amountMinor', tradeQuery('PLAIN', { trans_amount: '10.01' })],
  ['TRANSACTION_DIFFERS', 'currency', tradeQuery('PLAIN', { currency: 'USD' })],
  ['TRANSACTION_DIFFERS', 'partnerTransId', tradeQuery('PLAIN', { partner_trans_id: 'another' })],
  [
    'TRANSACTION_LACKS_STATUS',
    'alipayStatusesSeen',
    hear('PLAIN', { trade_status: 'TRADE_CLOSED' }),
  ],
  [
    'TRANSACTION_LACKS_STATUS',
    'alipayStatusesSeen',
    tradeQuery('PLAIN', { alipay_trans_status: 'TRADE_CLOSED' }),
  ],
  [
    'TRANSACTION_UNPROVEN',
    'alipayStatusesSeen',
    setPayment('PLAIN', `alipay_statuses_seen = '{TRADE_SUCCESS,WAIT_BUYER_PAY}'`),
  ],
  [
    'TRANSACTION_UNPROVEN',
    'alipayStatusesSeen',
    forget(`c.request->>'partner_trans_id' = 'UNHEARD'`),
  ],
  [
    'PAYMENT_UNKNOWN',
    'alipayTransId',
    call({
      service: QUERY,
      request: { partner_trans_id: 'ELSEWHERE' },
      response: trade('ELSEWHERE'),
    }),
  ],
  [
    'REFUND_UNKNOWN',
    'partnerRefundId',
    call({ service: REFUND, order: 'PLAIN', request: { partner_refund_id: 'R1' } }),
  ],
  [
    'REFUND_UNKNOWN',
    'partnerRefundId',
    call({
      ...{ service: REFUND, outcome: 'UNKNOWN', order: 'PLAIN' },
      request: { partner_refund_id: 'R1' },
    }),
  ],
  [
    'REFUND_UNKNOWN',
    'partnerRefundId',
    call({
      ...{ service: REFUND_QUERY, order: 'PLAIN', request: { out_return_no: 'R1' } },
      response: { response_code: 'SUCCESS', refund_result_code: 'SUCCESS' },
    }),
  ],
  [
    'CALL_WITHOUT_TRANSACTION',
    'transactionId',
    call({ service: REFUND, outcome: 'UNKNOWN', request: { partner_refund_id: 'R1' } }),
  ],
  [
    'CALL_WITHOUT_TRANSACTION',
    'transactionId',
    call({ service: CANCEL, request: { out_trade_no: 'ELSEWHERE' } }),
  ],
  ['REFUND_FAILED_BUT_MADE', 'status', refundQuery('ABSENT', 'SUCCESS')],
  ['REFUND_NOTICE_DIFFERS', 'refund', hear('PLAIN', { out_biz_no: 'R1', refund_fee: '3.00' })],
  ['REFUND_CONTRADICTED', 'status', refundQuery('FULL', 'CANCELED')],
  [
    'REFUND_AMOUNT',
    'amountMinor',
    change(
      `update gateway_calls set request = request || '{"refund_amount":"9.99"}'
       where service = '${REFUND}' and request->>'partner_trans_id' = 'FULL'`,
    ),
  ],
  [
    'REFUND_AMOUNT',
    'amountMinor',
    change(
      `update gateway_calls set request = request || '{"refund_amount":"9.99"}'
       where service = '${REFUND}' and request->>'partner_trans_id' = 'OPEN'`,
    ),
  ],
  ['REFUND_AMOUNT', 'currency', () => plant(client, ...resolvedRefund('PARTIAL', 100, 'USD'))],
  ['REFUND_ID', 'partnerRefundId', setRefund(refundOf('FULL'), `idempotency_key = 'another'`)],
  ['REFUND_NOT_SETTLED', 'status', refundQuery('OPEN', 'SUCCESS')],
  ['REFUND_OVERDUE', 'nextCheckAt', setRefund(refundOf('OPEN'), `next_check_at = ${AN_HOUR_AGO}`)],
  [
    'REFUND_UNPROVEN',
    'status',
    forget(`c.service = '${REFUND}' and c.request->>'partner_trans_id' = 'FULL'`),
  ],
  [
    'REFUND_UNPROVEN',
    'status',
    forget(`c.service = '${REFUND_QUERY}' and c.request->>'out_trade_no' = 'LOST'`),
  ],
  [
    'REFUND_FAILED_UNPROVEN',
    'failureCode',
    forget(`c.service = '${REFUND_QUERY}' and c.request->>'out_trade_no' = 'ABSENT'`),
  ],
  [
    'REFUND_FAILED_UNPROVEN',
    'failureCode',
    forget(`c.outcome = 'REJECTED' and c.request->>'partner_trans_id' = 'REFUSED'`),
  ],
  [
    'REFUND_WITHOUT_TRANSACTION',
    'transactionId',
    change(
      `insert into refunds (id, transaction_id, partner_refund_id, idempotency_key, amount_minor,
         currency, status, requested_by, created_at, settled_at)
       values (gen_random_uuid(), ${NOWHERE}, 'R1', 'k', 1, 'HKD', 'SUCCEEDED', 'owner', now(), now())`,
    ),
  ],
  ['CANCEL_FAILED_BUT_MADE', 'cancelStatus', call({ ...CANCELLED, order: 'UNCANCELLED' })],
  ['CANCEL_FAILED_BUT_MADE', 'cancelStatus', call({ ...CANCELLED, order: 'PLAIN' })],
  ['CANCEL_NOT_SETTLED', 'cancelStatus', call({ ...CANCELLED, order: 'OPEN_CANCEL' })],
  [
    'CANCEL_OVERDUE',
    'cancelNextCheckAt',
    setPayment('OPEN_CANCEL', `cancel_next_check_at = ${AN_HOUR_AGO}`),
  ],
  [
    'CANCEL_UNPROVEN',
    'cancelStatus',
    forget(`c.service = '${CANCEL}' and c.request->>'out_trade_no' = 'CANCELLED'`),
  ],
  [
    'CANCEL_UNPROVEN',
    'cancelStatus',
    change(
      `update gateway_calls set response = response || '{"action":"close"}'
       where service = '${CANCEL}' and request->>'out_trade_no' = 'CANCELLED'`,
    ),
  ],
  [
    'CANCEL_UNPROVEN',
    'cancelStatus',
    change(
      `update gateway_calls set response = response || '{"action":"CLOSE"}'
       where service = '${CANCEL}' and request->>'out_trade_no' = 'CANCELLED'`,
    ),
  ],
  [
    'CANCEL_FAILED_UNPROVEN',
    'cancelFailureCode',
    forget(`c.service = '${CANCEL}' and c.request->>'out_trade_no' = 'UNCANCELLED'`),
  ],
  [
    'NOTIFICATION_WITHOUT_TRANSACTION',
    'transactionId',
    change(`update notifications set transaction_id = null where ${messageOf('PLAIN')}`),
  ],
  [
    'NOTIFICATION_WITHOUT_TRANSACTION',
    'transactionId',
    change(`update notifications set transaction_id = ${NOWHERE} where ${messageOf('PLAIN')}`),
  ],
  [
    'NOTIFICATION_STUCK',
    'status',
    change(
      `update notifications set status = 'RECEIVED', transaction_id = null where ${messageOf('PLAIN')}`,
    ),
  ],
  [
    'NOTIFICATION_ALTERED',
    'contentHash',
    change(`update notifications set body = body || '&more=1'::bytea where ${messageOf('PLAIN')}`),
  ],
  [
    'NOTIFICATION_ALTERED',
    'tradeNo',
    change(`update notifications set trade_no = 'another' where ${messageOf('PLAIN')}`),
  ],
  ['QR_CODE_STATUS', 'status', setCode(WITH_FEE, `status = 'ACTIVE'`)],
  ['QR_CODE_STATUS', 'status', setCode(COUNTER, `status = 'STOPPED'`)],
  ['QR_CODE_DIFFERS', 'channelFee', setCode(WITH_FEE, `channel_fee_value = '9.00'`)],
  ['QR_CODE_DIFFERS', 'settlementCurrency', setCode(WITH_FEE, `settlement_currency = 'USD'`)],
  [
    'QR_CODE_OVERDUE',
    'nextCheckAt',
    setCode('pending_change is not null', `next_check_at = ${AN_HOUR_AGO}`),
  ],
  [
    'QR_CODE_UNPROVEN',
    'code',
    forget(`c.response->>'qrcode' = (select code from qr_codes where ${COUNTER})`),
  ],
  [
    'QR_CODE_UNKNOWN',
    'code',
    call({ service: CREATE, response: { qrcode: 'https://qr.alipay.com/elsewhere' } }),
  ],
  ['EVENT_MISSING', 'type', withoutEvent('PLAIN', 'PAYMENT_RECEIVED')],
  ['EVENT_MISSING', 'type', withoutEvent('FULL', 'REFUND_REQUESTED')],
  ['EVENT_MISSING', 'type', withoutEvent('FULL', 'REFUND_SUCCEEDED')],
  ['EVENT_MISSING', 'type', withoutEvent('ABSENT', 'REFUND_FAILED')],
  ['EVENT_MISSING', 'type', withoutEvent('CANCELLED', 'CANCEL_REQUESTED')],
  ['EVENT_MISSING', 'type', withoutEvent('CANCELLED', 'CANCELLED')],
  ['EVENT_MISSING', 'type', withoutEvent('UNCANCELLED', 'CANCEL_FAILED')],
  [
    'EVENT_TWICE',
    'type',
    change('drop index transaction_events_once', event('PLAIN', 'PAYMENT_RECEIVED')),
  ],
  [
    'EVENT_TWICE',
    'type',
    change(
      'drop index transaction_events_refund_once',
      event('FULL', 'REFUND_SUCCEEDED', refundOf('FULL')),
    ),
  ],
  ['EVENT_UNFOUNDED', 'type', change(event('PLAIN', 'CANCELLED'))],
  ['EVENT_UNFOUNDED', 'type', change(event('UNPAID', 'PAYMENT_RECEIVED'))],
  ['EVENT_UNFOUNDED', 'type', change(event('FULL', 'REFUND_FAILED', refundOf('FULL')))],
  ['EVENT_UNFOUNDED', 'type', change(event('GIVEN', 'CLAIMED'))],
  ['EVENT_UNFOUNDED', 'type', change(event('PLAIN', 'CANCEL_FAILED'))],
  ['EVENT_MISSING', 'type', setPayment('GIVEN', `sale_reference = 'S-1'`)],
  ['EVENT_WITHOUT_RECORD', 'refundId', change(event('PLAIN', 'REFUND_SUCCEEDED'))],
  ['EVENT_TIME', 'occurredAt', setPayment('PLAIN', `paid_at = paid_at + interval '1 day'`)],
  [
    'EVENT_TIME',
    'occurredAt',
    setRefund(refundOf('FULL'), `settled_at = settled_at - interval '1 day'`),
  ],
  [
    'EVENT_AMOUNT',
    'amountMinor',
    change(
      `update transaction_events set amount_minor = 999
       where type = 'REFUND_SUCCEEDED' and transaction_id = ${payment('FULL')}`,
    ),
  ],
  [
    'EVENT_POSITION',
    'position',
    change(
      'alter table transaction_events drop constraint transaction_events_position_key',
      'alter table transaction_events alter column position drop identity',
      'update transaction_events set position = 1 where position = 2',
    ),
  ],
  ['EVENT_WITHOUT_RECORD', 'refundId', change(event('PLAIN', 'STATUS_CHANGED', NOWHERE))],
  [
    'EVENT_WITHOUT_RECORD',
    'transactionId',
    change(
      `insert into transaction_events (id, transaction_id, type, status, actor, occurred_at, recorded_at)
       values (gen_random_uuid(), ${NOWHERE}, 'CLAIMED', 'PAID', 'owner', now(), now())`,
    ),
  ],
];

test.each(PLANTED)('%s (%s): planted alone, it alone is named', async (kind, field, planting) => {
  const found = await afterPlanting(planting);

  const { record, weight, remedy } = DISAGREEMENT_KINDS[kind];
  expect(found).toEqual([expect.objectContaining({ kind, field, record, weight, remedy })]);
});

test('every kind that can be named is planted above, or left open by the day', () => {
  const planted = PLANTED.map(([kind]) => kind);

  expect(new Set([...planted, 'NOTIFICATION_QUARANTINED'])).toEqual(
    new Set(Object.keys(DISAGREEMENT_KINDS)),
  );
});

const JUST_NOW = new Date(DAY_ENDS.getTime() - 60_000);

test.each<[string, Planting]>([
  ['a refund', refundQuery('OPEN', 'SUCCESS', new Date(JUST_NOW.getTime() + 1_000_000))],
  ['a cancel', call({ ...CANCELLED, order: 'OPEN_CANCEL', at: JUST_NOW })],
  [
    'a payment',
    call({
      ...{ service: QUERY, order: 'UNPAID', at: JUST_NOW, response: trade('UNPAID') },
    }),
  ],
  ['a code', call({ service: CREATE, response: { qrcode: 'https://x' }, at: JUST_NOW })],
])(
  'the answer about %s that has just come may still be on its way to the books',
  async (_what, planting) => {
    expect(await afterPlanting(planting)).toEqual([]);
    expect(await afterPlanting(planting, { graceMs: 0 })).toHaveLength(1);
  },
);

test('what our own client refused to send is a definite no without a call', async () => {
  const refused = setRefund(
    refundOf('ABSENT'),
    `failure_code = 'ALIPAY_REQUEST_INVALID', attempts = 1`,
  );
  const neverSent = forget(`c.request->>'partner_trans_id' = 'ABSENT' and c.service = '${REFUND}'`);

  expect(await afterPlanting(() => refused().then(neverSent))).toEqual([]);
});

test('what the statement brought is proven by it', async () => {
  const byStatement = change(
    `update transaction_events set actor = 'reconciliation'
     where type in ('PAYMENT_RECEIVED', 'REFUND_SUCCEEDED', 'CANCELLED')`,
    `delete from transaction_events where type = 'REFUND_REQUESTED' and refund_id = ${refundOf('FULL')}`,
    `delete from gateway_calls where transaction_id in (${payment('FULL')}, ${payment('CANCELLED')})`,
    `delete from gateway_calls where request->>'partner_trans_id' = 'UNHEARD'`,
  );

  expect(await afterPlanting(byStatement)).toEqual([]);
});

test.each<[string, number, string, string[]]>([
  ['tells of it', 1000, 'RECONCILED', []],
  ['names another amount', 999, 'DISCREPANCIES', ['REFUND_UNPROVEN']],
  ['stands in a file that could not be used', 1000, 'REJECTED', ['REFUND_UNPROVEN']],
])(
  'of a refund whose call left no record a line %s (%i, %s)',
  async (_says, minor, status, kinds) => {
    const rejection = status === 'REJECTED' ? `'unreadable'` : 'null';
    const told = change(
      `delete from gateway_calls c where c.service = '${REFUND}' and c.request->>'partner_trans_id' = 'FULL'`,
      `insert into statements (id, kind, date, file_name, sha256, status, rejection, imported_by, started_at, imported_at)
       values (gen_random_uuid(), 'TRANSACTION', '2026-01-02', 'planted', 'x', '${status}', ${rejection}, 'owner', now(), now())`,
      `insert into statement_lines (statement_id, line_number, kind, date, type, partner_transaction_id,
         alipay_trans_id, amount_minor, fee_minor, currency, payment_time)
       select s.id, 1, s.kind, s.date, 'REFUND', r.partner_refund_id, 'any', ${minor}, 0, r.currency, now()
       from statements s, refunds r where s.file_name = 'planted' and r.id = ${refundOf('FULL')}`,
    );

    const found = await afterPlanting(told);

    expect(found.map(({ kind }) => kind)).toEqual(kinds);
  },
);

test('it reads one moment, whatever is written meanwhile', async () => {
  const copy = await createTestDatabase(liveThroughDay, { name: 'whole_day' });
  const [reader, writer] = [copy.url, copy.url].map((url) => new Client({ connectionString: url }));
  if (reader === undefined || writer === undefined) throw new Error('two were made');
  await Promise.all([reader.connect(), writer.connect()]);
  const planted = `update transactions set status = 'CLOSED' where partner_trans_id in ('PLAIN', 'UNHEARD')`;
  await writer.query(planted);

  const found: string[] = [];
  for await (const one of checkSums(reader, { now: DAY_ENDS, chunkSize: 1 })) {
    await writer.query(planted.replace('CLOSED', 'PAID'));
    found.push(one.kind);
  }

  expect(found.sort()).toEqual([
    'NOTIFICATION_QUARANTINED',
    'TRANSACTION_STATUS',
    'TRANSACTION_STATUS',
  ]);
  await Promise.all([reader.end(), writer.end()]);
  await copy.drop();
});

test('whoever stops listening leaves nothing open', async () => {
  for await (const one of checkSums(client, { now: DAY_ENDS })) {
    expect(one.kind).toBe('NOTIFICATION_QUARANTINED');
    break;
  }

  // Outside of any block the level is the session's own, whatever the server's is.
  const { rows } = await client.query(
    `select current_setting('transaction_isolation') = current_setting('default_transaction_isolation') as "isOver"`,
  );
  expect(rows).toEqual([{ isOver: true }]);
});

describe('ten thousand payments more', () => {
  const MANY = `
    with many as (select n, gen_random_uuid() as id from generate_series(1, 10000) n),
    paid as (
      insert into transactions (id, alipay_trans_id, status, alipay_status, alipay_statuses_seen,
        amount_minor, currency, payment_institution, paid_at, created_at, updated_at)
      select id, 'MANY' || n, 'PAID', 'TRADE_SUCCESS', '{TRADE_SUCCESS}', 1000, 'HKD', 'UNKNOWN',
        now(), now(), now() from many),
    told as (
      insert into transaction_events (id, transaction_id, type, status, amount_minor, currency, actor,
        occurred_at, recorded_at)
      select gen_random_uuid(), id, 'PAYMENT_RECEIVED', 'PAID', 1000, 'HKD', 'alipay', now(), now() from many)
    insert into gateway_calls (id, service, outcome, started_at, duration_ms, request, response, transaction_id)
    select gen_random_uuid(), '${QUERY}', 'SUCCEEDED', '2026-01-01', 1, '{}', jsonb_build_object(
      'alipay_trans_id', 'MANY' || n, 'alipay_trans_status', 'TRADE_SUCCESS', 'trans_amount', '10.00',
      'currency', 'HKD'), id from many`;

  test('are read a chunk at a time, so that memory does not grow with the books', async () => {
    const answers: number[] = [];
    const watched = new Proxy(client, {
      get: (target, name) =>
        name !== 'query'
          ? (Reflect.get(target, name) as unknown)
          : async (...parameters: [string, unknown[]]) => {
              const result = await target.query<Record<string, unknown>>(...parameters);
              answers.push(result.rows.length);
              return result;
            },
    });
    await client.query('begin');
    await client.query(MANY);
    await client.query('analyze transactions, transaction_events, gateway_calls');

    const compared = { ...counts };
    const found = await gather(
      findDisagreements(watched, { now: DAY_ENDS, chunkSize: 250 }, compared),
    );
    await client.query('rollback');

    expect(found).toEqual([QUARANTINED]);
    expect(compared).toMatchObject({ transactions: 10_017, events: 10_046, gatewayCalls: 10_046 });
    // A chunk of payments brings the few records of each along, and never those of others.
    expect(Math.max(...answers)).toBeLessThanOrEqual(750);
  });
});

const counts = {
  ...{ transactions: 0, refunds: 0, cancels: 0, notifications: 0 },
  ...{ qrCodes: 0, events: 0, gatewayCalls: 0 },
};
