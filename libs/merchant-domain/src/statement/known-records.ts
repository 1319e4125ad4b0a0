import { type EntityManager, In } from 'typeorm';

import { RECONCILIATION } from '../event/actors';
import { Refund } from '../refund/refund.entity';
import { Transaction } from '../transaction/transaction.entity';
import { type KnownTrade } from './matching.rules';
import { type Statement } from './statement.entity';

/** The words of a line by which its record is found, in either kind of file. */
export interface LineKey {
  readonly lineNumber: number;
  readonly type: 'PAYMENT' | 'REFUND' | 'CANCEL' | 'REVERSAL';
  readonly partnerTransactionId: string;
  readonly transactionId: string;
}

/** What the books hold about some lines; read at once, for a whole batch. */
export interface KnownRecords {
  trade(line: LineKey): KnownTrade;
  refunds(line: LineKey): readonly Refund[];
  /** Where no refund has the number of a line: those of its payment that other lines have made. */
  madeRefunds(line: LineKey): readonly Refund[];
  /** The payment of a refund's line: that of the refund on record, else of the line's trade. */
  paymentOfRefund(line: LineKey): Transaction | null;
  merchantIdOf(payment: Transaction | null): string | null;
  earlierLine(line: LineKey): { readonly fileName: string; readonly lineNumber: number } | null;
}

export async function readKnownRecords(
  manager: EntityManager,
  statement: Statement,
  lines: readonly LineKey[],
): Promise<KnownRecords> {
  const refundLines = lines.filter(({ type }) => type === 'REFUND');
  const refunds = await manager.findBy(Refund, {
    partnerRefundId: In(unique(refundLines.map((line) => line.partnerTransactionId))),
  });
  const tradeNumbers = unique(lines.map(({ transactionId }) => transactionId));
  const payments = await manager.findBy(Transaction, [
    { alipayTransId: In(tradeNumbers) },
    { id: In(unique(refunds.map(({ transactionId }) => transactionId))) },
  ]);
  const byNumber = new Map(payments.map((payment) => [payment.alipayTransId, payment]));
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  const refundsOf = groupBy(refunds, ({ partnerRefundId }) => partnerRefundId);
  const earlier = await readEarlierLines(manager, statement, lines);

  const merchants = await readMerchants(manager, payments);
  const payment = (line: LineKey): Transaction | null => byNumber.get(line.transactionId) ?? null;
  const unnamed = refundLines.filter((line) => !refundsOf.has(line.partnerTransactionId));
  const madeOf = groupBy(
    await readMadeRefunds(manager, unique(unnamed.flatMap((line) => payment(line)?.id ?? []))),
    ({ transactionId }) => transactionId,
  );
  const orders = await readOrders(
    manager,
    lines.filter((line) => line.type !== 'REFUND' && payment(line)?.partnerTransId == null),
  );
  const merchantIdOf = (of: Transaction | null): string | null =>
    merchants.get(of?.storeId ?? '') ?? null;
  const refundsOfLine = (line: LineKey): readonly Refund[] =>
    refundsOf.get(line.partnerTransactionId) ?? [];
  return {
    trade: (line) => ({
      payment: payment(line),
      merchantId: merchantIdOf(payment(line)),
      sameOrder: underAnotherNumber(orders.get(line.partnerTransactionId), line),
    }),
    merchantIdOf,
    refunds: refundsOfLine,
    madeRefunds: (line) => madeOf.get(payment(line)?.id ?? '') ?? [],
    paymentOfRefund: (line) =>
      byId.get(refundsOfLine(line)[0]?.transactionId ?? '') ?? payment(line),
    earlierLine: (line) => earlier.get(keyOf(line)) ?? null,
  };
}

/** Refunds of those payments that nobody asked for here. */
async function readMadeRefunds(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<Refund[]> {
  if (paymentIds.length === 0) return [];
  return manager.findBy(Refund, {
    ...{ transactionId: In([...paymentIds]), requestedBy: RECONCILIATION },
    status: 'SUCCEEDED',
  });
}

/** Of each shop where something was paid: Alipay's id of its merchant. */
async function readMerchants(
  manager: EntityManager,
  payments: readonly Transaction[],
): Promise<Map<string, string>> {
  const storeIds = unique(payments.flatMap(({ storeId }) => (storeId === null ? [] : [storeId])));
  if (storeIds.length === 0) return new Map();
  const rows: { id: string; alipay_merchant_id: string }[] = await manager.query(
    `select s.id, m.alipay_merchant_id from stores s join merchants m on m.id = s.merchant_id
     where s.id = any($1)`,
    [storeIds],
  );
  return new Map(rows.map((row) => [row.id, row.alipay_merchant_id]));
}

/** Payments that carry an order number under another number of Alipay's. */
async function readOrders(
  manager: EntityManager,
  lines: readonly LineKey[],
): Promise<Map<string, Transaction>> {
  if (lines.length === 0) return new Map();
  const found = await manager.findBy(Transaction, {
    partnerTransId: In(unique(lines.map((line) => line.partnerTransactionId))),
  });
  return new Map(found.map((payment) => [payment.partnerTransId ?? '', payment]));
}

/** One of the line's own number has come on record just now: it is found when the line is looked at again. */
function underAnotherNumber(order: Transaction | undefined, line: LineKey): Transaction | null {
  return order === undefined || order.alipayTransId === line.transactionId ? null : order;
}

/** The same deed in a line further up, or in another file that is in force. */
async function readEarlierLines(
  manager: EntityManager,
  statement: Statement,
  lines: readonly LineKey[],
): Promise<Map<string, { fileName: string; lineNumber: number }>> {
  const rows: { key: string; file_name: string; line_number: number }[] = await manager.query(
    `select asked.key, s.file_name, l.line_number
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
            as asked (key, type, partner_transaction_id, alipay_trans_id, line_number)
     join statement_lines l using (partner_transaction_id, alipay_trans_id, type)
     join statements s on s.id = l.statement_id
     where l.kind = $7
       -- Once more, without the file: each line finds itself, and its file would be looked for among all.
       and (l.statement_id <> $1 or l.line_number < asked.line_number)
       and ((l.statement_id = $1 and l.line_number < asked.line_number)
         or (l.statement_id <> $1 and s.imported_at is not null
             and (s.kind, s.date) <> ($7, $8::date)))`,
    [
      statement.id,
      lines.map(keyOf),
      lines.map(({ type }) => type),
      lines.map(({ partnerTransactionId }) => partnerTransactionId),
      lines.map(({ transactionId }) => transactionId),
      lines.map(({ lineNumber }) => lineNumber),
      statement.kind,
      statement.date,
    ],
  );
  return new Map(
    rows.map((row) => [row.key, { fileName: row.file_name, lineNumber: row.line_number }]),
  );
}

function keyOf({ lineNumber }: LineKey): string {
  return `${lineNumber}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function groupBy<Value>(
  values: readonly Value[],
  keyOfValue: (value: Value) => string,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOfValue(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
