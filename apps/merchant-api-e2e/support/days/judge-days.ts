import { parseAmount } from '@countersign/alipay-protocol';

import { PORTAL } from '../elsewhere';
import { expectSumsAgree } from '../expect-sums-agree';
import { minorOf } from '../model/amounts';
import type { BookedTrade } from '../simulator-control';
import { dayOf, instantOf, settlementDayOf } from './calendar';
import type { DayWorld } from './day-world';

/** Where our books differ from the gateway's, once all files have come; nothing waits for a person. */
export async function judgeDays(world: DayWorld): Promise<string[]> {
  const trades = await world.gateway.books();
  const rows = await world.rows<PaymentRow>(PAYMENTS);
  const ours = new Map(rows.map((row) => [row.no, row]));
  const theirs = new Set(trades.map(({ trade_no: no }) => no));
  return [
    ...trades.flatMap((trade) => judgeTrade(trade, ours.get(trade.trade_no))),
    ...rows.filter(({ no }) => !theirs.has(no)).map(({ no }) => `nobody made the payment ${no}`),
    ...(await judgeWaiting(world)),
    ...(await judgeTotals(world, trades)),
    ...(await judgeReports(world)),
    ...(await judgeSums(world)),
  ];
}

/** What waits for a person, with all that a person would be told. */
export async function judgeOpen(
  world: DayWorld,
  statuses: readonly string[] = ['OPEN'],
): Promise<string[]> {
  const open = await world.rows<{ what: string }>(
    `select concat_ws(' ', s.file_name, d.line_number, d.kind, d.status, d.field,
       d.expected, '->', d.actual, (select alipay_trans_id from transactions t where t.id = d.transaction_id),
       'came', (select string_agg(concat_ws(' ', s2.imported_by, s2.started_at, s2.delivered_at, s2.line_count), '; ' order by s2.id)
        from statements s2 where s2.file_name = s.file_name)) as what
     from discrepancies d join statements s on s.id = d.statement_id where d.status = any($1)`,
    [statuses],
  );
  const unusable = await world.rows<{ what: string }>(
    `select concat_ws(' ', file_name, rejection) as what from statements where status = 'REJECTED'`,
  );
  const unfinished = await world.rows<{ what: string }>(
    `select concat_ws(' ', file_name, 'is not finished, since', started_at) as what
     from statements where imported_at is null and sha256 is not null`,
  );
  return [...open, ...unusable, ...unfinished].map(({ what }) => `a person has to look: ${what}`);
}

interface RefundRow {
  readonly id: string;
  readonly status: string;
  readonly amount: string;
  readonly fee: string | null;
  readonly net: string | null;
  readonly isSettled: boolean;
  readonly succeeded: number;
}

interface PaymentRow {
  readonly no: string;
  readonly out_no: string | null;
  readonly status: string;
  readonly amount: string;
  readonly currency: string;
  readonly refunded: string;
  readonly paid_at: Date | null;
  readonly wallet: string | null;
  readonly merchant: string | null;
  readonly code: string | null;
  readonly fee: string | null;
  readonly net: string | null;
  readonly settled_at: Date | null;
  readonly events: Readonly<Record<string, number>>;
  readonly refunds: readonly RefundRow[];
}

const PAYMENTS = /* sql */ `
  select t.alipay_trans_id as no, t.partner_trans_id as out_no, t.status, t.amount_minor::text as amount,
    t.currency, t.refunded_minor::text as refunded, t.paid_at, t.payment_institution_code as wallet,
    t.fee_minor::text as fee, t.net_minor::text as net, t.settled_at, q.code as code,
    (select coalesce(jsonb_object_agg(type, count), '{}') from (
       select type, count(*)::int from transaction_events e where e.transaction_id = t.id group by type) e) as events,
    (select coalesce(jsonb_agg(jsonb_build_object('id', r.partner_refund_id, 'status', r.status,
       'amount', r.amount_minor::text, 'fee', r.fee_minor::text, 'net', r.net_minor::text,
       'isSettled', r.settlement_at is not null,
       'succeeded', (select count(*)::int from transaction_events e
                     where e.refund_id = r.id and e.type = 'REFUND_SUCCEEDED'))), '[]')
     from refunds r where r.transaction_id = t.id) as refunds
  from transactions t left join qr_codes q on q.id = t.qr_code_id`;

function judgeTrade(trade: BookedTrade, row: PaymentRow | undefined): string[] {
  const isPaid = trade.gmt_payment !== null;
  // Of an unpaid trade nobody is told.
  if (row === undefined) return isPaid ? [`the payment ${trade.trade_no} is missing`] : [];
  const { trade_no: no, currency } = trade;
  const amount = minorIn(trade.amount, currency);
  const paidAt = trade.gmt_payment === null ? null : new Date(trade.gmt_payment);
  const isSettled = isPaid && !trade.cancelled;
  const fee = feeOf(amount);
  const expected = {
    out_no: trade.out_trade_no,
    status: statusOf(trade, row.status),
    amount: `${amount}`,
    currency,
    refunded: `${minorIn(trade.refunded, currency)}`,
    paid_at: paidAt,
    wallet: isPaid ? trade.wallet : row.wallet,
    code: row.code ?? trade.qrcode, // a line tells the merchant alone
    fee: isSettled ? `${fee}` : null,
    net: isSettled ? `${amount - fee}` : null,
    settled_at: isSettled && paidAt !== null ? settledAt(paidAt) : null,
  };
  const seen = { ...expected, ...pick(row, Object.keys(expected)), code: row.code ?? trade.qrcode };
  return [
    ...differences(`payment ${no}`, { ...expected, code: trade.qrcode }, seen),
    ...judgeEvents(trade, row),
    ...judgeRefunds(trade, row),
  ];
}

function judgeEvents(trade: BookedTrade, { events }: PaymentRow): string[] {
  const times = (type: string): number => events[type] ?? 0;
  // Of what was given back elsewhere a message may tell before the file does.
  const elsewhere =
    trade.refunds.filter(({ partner_refund_id: id }) => id.startsWith(PORTAL)).length +
    (trade.cancelled && times('CANCEL_REQUESTED') === 0 ? 1 : 0);
  const expected = {
    PAYMENT_RECEIVED: trade.gmt_payment === null ? 0 : 1,
    CANCELLED: trade.cancelled ? 1 : 0,
    RECONCILED: Math.min(1, times('RECONCILED')),
    DISCREPANCY_FOUND: Math.min(times('DISCREPANCY_FOUND'), elsewhere),
  };
  const seen = Object.fromEntries(Object.keys(expected).map((type) => [type, times(type)]));
  return differences(`events of ${trade.trade_no}`, expected, seen);
}

function judgeRefunds(trade: BookedTrade, row: PaymentRow): string[] {
  const { currency } = trade;
  const ours = new Map(row.refunds.map((refund) => [refund.id, refund]));
  const made = trade.refunds.filter(({ status }) => status === 'SUCCESS');
  const told = made.flatMap((refund) => {
    const amount = minorIn(refund.amount, currency);
    const fee = feeOf(amount);
    const expected = {
      status: 'SUCCEEDED',
      amount: `${amount}`,
      fee: `${fee}`,
      net: `${amount - fee}`,
      isSettled: true,
      succeeded: 1,
    };
    const own = ours.get(refund.partner_refund_id);
    const seen = own === undefined ? { status: 'missing' } : pick(own, Object.keys(expected));
    return differences(`refund ${refund.partner_refund_id} of ${trade.trade_no}`, expected, seen);
  });
  const invented = row.refunds
    .filter(({ id }) => made.every((refund) => refund.partner_refund_id !== id))
    .filter(({ status }) => status !== 'FAILED')
    .map(({ id, status }) => `refund ${id} is ${status}, and Alipay made none`);
  return [...told, ...invented];
}

function statusOf(trade: BookedTrade, ours: string): string {
  if (trade.cancelled) return 'CANCELLED';
  if (trade.refunded === trade.amount) return 'REFUNDED';
  if (trade.trade_status === 'TRADE_CLOSED') return 'CLOSED';
  if (trade.trade_status === 'TRADE_FINISHED' && (ours === 'FINISHED' || isTold(trade))) {
    return 'FINISHED';
  }
  if (trade.gmt_payment === null) return 'AWAITING_PAYMENT';
  return minorOf(trade.refunded) > 0n ? 'PARTIALLY_REFUNDED' : 'PAID';
}

/**
 * That a payment can no longer be refunded stands in a message alone, which may be lost; and it
 * counts only together with the one that said it was paid (decision 11).
 */
function isTold({ notifications }: BookedTrade): boolean {
  return ['TRADE_SUCCESS', 'TRADE_FINISHED'].every((status) =>
    notifications.some((mail) => mail.trade_status === status && mail.acknowledged),
  );
}

/** Nothing is open, to come, unfinished or unsettled any more. */
async function judgeWaiting(world: DayWorld): Promise<string[]> {
  const [waiting = {}] = await world.rows<Record<string, number>>(`select
    (select count(*)::int from refunds where status = 'PENDING') as "pending refunds",
    (select count(*)::int from transactions where cancel_status = 'PENDING') as "pending cancels",
    (select count(*)::int from statement_lines l join statements s on s.id = l.statement_id
       where s.superseded_by is not null) as "lines no longer in force",
    (select count(*)::int from transactions where paid_at is not null and settled_at is null
       and status <> 'CANCELLED') as "payments to settle"`);
  const left = Object.entries(waiting).filter(([, count]) => count > 0);
  return [
    ...left.map(([what, count]) => `${count} ${what}`),
    ...(await judgeOpen(world, ['OPEN', 'NOT_YET_DUE'])),
  ];
}

/** As people see it: each shop's totals. */
async function judgeTotals(world: DayWorld, trades: readonly BookedTrade[]): Promise<string[]> {
  const found: string[] = [];
  for (const { store, qrCode, currency } of world.counters) {
    const known = await world.rows<{ no: string }>(
      'select alipay_trans_id as no from transactions t join qr_codes q on q.id = t.qr_code_id where q.code = $1',
      [qrCode.code],
    );
    const nos = new Set(known.map(({ no }) => no));
    const paid = trades.filter(({ trade_no: no, gmt_payment: at }) => nos.has(no) && at !== null);
    const sum = (amounts: readonly string[]): bigint =>
      amounts.reduce((total, amount) => total + minorIn(amount, currency), 0n);
    const expected = {
      gross: sum(paid.map(({ amount }) => amount)),
      refunded: sum(paid.map(({ cancelled, amount, refunded }) => (cancelled ? amount : refunded))),
    };
    const { store: shown } = await world.graphql<StoreTotals>(TOTALS, { id: store.id });
    const totals = shown.transactions.totals.find((total) => total.currency === currency);
    const seen = {
      gross: minorOf(totals?.gross ?? '0'),
      refunded: minorOf(totals?.refunded ?? '0'),
    };
    found.push(...differences(`totals of ${store.name}`, expected, seen));
  }
  return found;
}

/** As the accountant adds up: what each day's report says against the lines of its file. */
async function judgeReports(world: DayWorld): Promise<string[]> {
  const files = await world.rows<DaySums>(LINES_OF_DAYS);
  const [first, last] = [files[0]?.date, files.at(-1)?.date];
  if (first === undefined || last === undefined) return [];
  const { salesReport } = await world.graphql<{ salesReport: readonly ReportLine[] }>(REPORT, {
    from: first,
    to: last,
  });
  const reported = new Map(salesReport.map((line) => [`${line.key} ${line.currency}`, line]));
  const told = new Set(files.map(({ date, currency }) => `${date} ${currency}`));
  return [
    ...files.flatMap(({ date, currency, gross, refunded }) => {
      const line = reported.get(`${date} ${currency}`);
      // A day may come to more than Alipay writes as one amount.
      const sum = (amount = '0'): string => `${BigInt(amount.replace('.', ''))}`;
      const seen = { gross: sum(line?.gross), refunded: sum(line?.refunded) };
      return differences(`report of ${date} in ${currency}`, { gross, refunded }, seen);
    }),
    ...[...reported.keys()].filter((day) => !told.has(day)).map((day) => `no file tells of ${day}`),
  ];
}

interface DaySums {
  readonly date: string;
  readonly currency: string;
  readonly gross: string;
  readonly refunded: string;
}

interface ReportLine {
  readonly key: string;
  readonly currency: string;
  readonly gross: string;
  readonly refunded: string;
}

const LINES_OF_DAYS = /* sql */ `
  select (l.payment_time at time zone 'Asia/Shanghai')::date::text as date, l.currency,
    coalesce(sum(l.amount_minor) filter (where l.type = 'PAYMENT'), 0)::text as gross,
    coalesce(sum(l.amount_minor) filter (where l.type <> 'PAYMENT'), 0)::text as refunded
  from statement_lines l where l.kind = 'TRANSACTION' group by 1, 2 order by 1`;

const REPORT = {
  text: `query ($from: LocalDate!, $to: LocalDate!) {
    salesReport(from: $from, to: $to, groupBy: DAY) { key currency gross refunded } }`,
};

interface StoreTotals {
  readonly store: {
    readonly transactions: {
      readonly totals: readonly { currency: string; gross: string; refunded: string }[];
    };
  };
}

const TOTALS = {
  text: `query ($id: ID!) { store(id: $id) { transactions(first: 1) {
    totals { currency gross refunded } } } }`,
};

async function judgeSums(world: DayWorld): Promise<string[]> {
  return expectSumsAgree(world.databaseUrl, { now: () => world.now(), withinMs: 0 }).then(
    () => [],
    (error: unknown) => [String(error)],
  );
}

/** 0.8 %, as the gateway takes it. */
function feeOf(minor: bigint): bigint {
  return (minor * 8n + 500n) / 1000n;
}

function settledAt(paidAt: Date): Date {
  return instantOf(settlementDayOf(dayOf(paidAt)), '15:46:00');
}

function minorIn(amount: string, currency: string): bigint {
  return parseAmount(amount, currency).minor;
}

function pick(record: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)));
}

function differences(
  about: string,
  expected: Readonly<Record<string, unknown>>,
  seen: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => asText(value) !== asText(seen[name]))
    .map(
      ([name, value]) => `${about}: ${name} is ${asText(seen[name])}, at Alipay ${asText(value)}`,
    );
}

function asText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
