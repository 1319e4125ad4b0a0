import { type ClientBase } from 'pg';

import { CALL_COLUMNS, CALL_GROUPS } from './call-columns';
import {
  CANCEL,
  type CallOnRecord,
  type EventOnBooks,
  type MessageOnRecord,
  type PaymentFile,
  type PaymentOnBooks,
  REFUND_QUERY,
  type RefundOnBooks,
  SPOT_REFUND,
  TRADE_QUERY,
} from './payment-file';
import { needsMoreProof } from './transaction-sums.rules';

export const PAYMENT_SERVICES = [SPOT_REFUND, REFUND_QUERY, CANCEL, TRADE_QUERY];

/** The files of the payments after that id, so many at most, with everything that belongs to them. */
export async function readPaymentFiles(
  client: ClientBase,
  afterId: string,
  limit: number,
): Promise<PaymentFile[]> {
  const transactions = await readTransactions(client, afterId, limit);
  const ids = transactions.map(({ id }) => id);
  const refunds = await readRefunds(client, ids);
  const events = await readEvents(client, ids);
  const messages = await readMessagesOf(client, ids);
  const calls = await readCalls(client, LINKED, ids);
  const files = transactions.map((transaction) => ({
    transaction,
    refunds: refunds.get(transaction.id) ?? [],
    events: events.get(transaction.id) ?? [],
    messages: messages.get(transaction.id) ?? [],
    calls: calls.get(transaction.id) ?? [],
  }));
  return withCallsFromBefore(client, files);
}

/**
 * A question about a payment that was not on record yet names no payment of ours. Only where proof
 * is missing are those read, so that they need no index.
 */
async function withCallsFromBefore(
  client: ClientBase,
  files: readonly PaymentFile[],
): Promise<PaymentFile[]> {
  const unproven = files.filter(needsMoreProof);
  if (unproven.length === 0) return [...files];
  const calls = await readCalls(
    client,
    UNLINKED,
    unproven.map(({ transaction }) => transaction.id),
  );
  return files.map((file) => ({
    ...file,
    calls: [...file.calls, ...(calls.get(file.transaction.id) ?? [])],
  }));
}

/** The calls whose record names the payment. */
const LINKED = /* sql */ `
  join transactions t on t.id = c.transaction_id where c.transaction_id = any($2::uuid[])`;

/** Those whose record names none, but whose question or answer names this one. */
const UNLINKED = /* sql */ `
  join transactions t on t.alipay_trans_id in (c.request->>'alipay_trans_id', c.response->>'alipay_trans_id')
    or t.partner_trans_id = c.request->>'partner_trans_id'
  where c.transaction_id is null and t.id = any($2::uuid[])`;

async function readTransactions(
  client: ClientBase,
  afterId: string,
  limit: number,
): Promise<PaymentOnBooks[]> {
  const { rows } = await client.query<Raw<PaymentOnBooks>>(
    `select id, alipay_trans_id as "alipayTransId", partner_trans_id as "partnerTransId", status,
       alipay_status as "alipayStatus", alipay_statuses_seen as "alipayStatusesSeen",
       amount_minor as "amountMinor", currency, refunded_minor as "refundedMinor",
       pending_refund_minor as "pendingRefundMinor", paid_at as "paidAt", sale_reference as "saleReference",
       cancel_status as "cancelStatus", cancel_requested_by as "cancelRequestedBy",
       cancel_attempts as "cancelAttempts", cancel_next_check_at as "cancelNextCheckAt",
       cancel_failure_code as "cancelFailureCode", qr_code_id as "qrCodeId"
     from transactions where id > $1 order by id limit $2`,
    [afterId, limit],
  );
  return rows.map((row) => ({
    ...row,
    amountMinor: BigInt(row.amountMinor),
    refundedMinor: BigInt(row.refundedMinor),
    pendingRefundMinor: BigInt(row.pendingRefundMinor),
  }));
}

async function readRefunds(
  client: ClientBase,
  ids: readonly string[],
): Promise<Map<string, RefundOnBooks[]>> {
  const { rows } = await client.query<Raw<RefundOnBooks> & Owned>(
    `select transaction_id as "ownerId", id, partner_refund_id as "partnerRefundId",
       idempotency_key as "idempotencyKey", amount_minor as "amountMinor", currency, status,
       failure_code as "failureCode", attempts, next_check_at as "nextCheckAt",
       resolved_by as "resolvedBy", settled_at as "settledAt",
       exists (select from statement_lines l join statements s on s.id = l.statement_id
               where l.partner_transaction_id = partner_refund_id and l.kind = 'TRANSACTION'
                 and l.type = 'REFUND' and abs(l.amount_minor) = refunds.amount_minor
                 and l.currency = refunds.currency and s.superseded_by is null
                 and s.status in ('RECONCILED', 'DISCREPANCIES')) as "isOnStatement"
     from refunds where transaction_id = any($1::uuid[]) order by id`,
    [ids],
  );
  return byOwner(rows, (row) => ({ ...row, amountMinor: BigInt(row.amountMinor) }));
}

async function readEvents(
  client: ClientBase,
  ids: readonly string[],
): Promise<Map<string, EventOnBooks[]>> {
  const { rows } = await client.query<Raw<EventOnBooks> & Owned>(
    `select transaction_id as "ownerId", id, type, amount_minor as "amountMinor", currency,
       refund_id as "refundId", actor, occurred_at as "occurredAt",
       coalesce(detail->>'paidAt' = 'guessed', false) as "isGuessed"
     from transaction_events where transaction_id = any($1::uuid[]) order by position`,
    [ids],
  );
  return byOwner(rows, (row) => ({
    ...row,
    amountMinor: row.amountMinor === null ? null : BigInt(row.amountMinor),
  }));
}

async function readMessagesOf(
  client: ClientBase,
  ids: readonly string[],
): Promise<Map<string, MessageOnRecord[]>> {
  const { rows } = await client.query<MessageOnRecord & Owned>(
    `select n.transaction_id as "ownerId", n.id, n.notify_id as "notifyId",
       n.content_hash as "contentHash", n.trade_no as "tradeNo", n.content_type as "contentType",
       n.body, coalesce(q.id, n.qr_code_id) as "qrCodeId", q.transaction_currency as "codeCurrency"
     from notifications n left join qr_codes addressed on addressed.id = n.qr_code_id
       left join qr_codes q on q.id = coalesce(addressed.same_as, addressed.id)
     where n.transaction_id = any($1::uuid[]) and n.status = 'APPLIED' order by n.id`,
    [ids],
  );
  return byOwner(rows, (row) => row);
}

async function readCalls(
  client: ClientBase,
  which: string,
  ids: readonly string[],
): Promise<Map<string, CallOnRecord[]>> {
  const { rows } = await client.query<CallOnRecord & Owned>(
    `select t.id as "ownerId", ${CALL_COLUMNS}
     from gateway_calls c ${which} and c.service = any($1::text[])
     group by t.id, ${CALL_GROUPS}`,
    [PAYMENT_SERVICES, ids],
  );
  return byOwner(rows, (row) => row);
}

interface Owned {
  readonly ownerId: string;
}

/** As the driver hands it over: whole numbers of eight bytes are text. */
type Raw<Row> = {
  readonly [Name in keyof Row]: Row[Name] extends bigint
    ? string
    : Row[Name] extends bigint | null
      ? string | null
      : Row[Name];
};

function byOwner<Row extends Owned, Item>(
  rows: readonly Row[],
  itemOf: (row: Row) => Item,
): Map<string, Item[]> {
  const items = new Map<string, Item[]>();
  for (const row of rows) {
    const item = itemOf(row);
    const known = items.get(row.ownerId);
    if (known === undefined) items.set(row.ownerId, [item]);
    else known.push(item);
  }
  return items;
}
