import { encodeNotification, type Fields } from '@countersign/alipay-protocol';
import { type Client } from 'pg';
import { uuidv7 } from 'uuidv7';

import { columnsOf } from '../../src/inbox/notification-content';
import { gatewaySigner } from './gateway';
import { DAY_ENDS, named } from './whole-day';
import { PARTNER_ID } from './world';

/** Writes within a transaction what no use case would: past triggers, foreign keys and the rules. */
export async function plant(client: Client, ...statements: readonly string[]): Promise<void> {
  await client.query('set local session_replication_role = replica');
  for (const statement of statements) await client.query(statement);
}

/** The id of the payment with that order number. */
export const payment = (order: string): string =>
  `(select id from transactions where partner_trans_id = '${order}')`;

/** The id of a payment's refund; of one of several, by its status. */
export const refundOf = (order: string, status = '%'): string =>
  `(select id from refunds where transaction_id = ${payment(order)} and status like '${status}')`;

/** A call on record, of an hour before the day ends. */
export async function plantCall(
  client: Client,
  call: {
    readonly service: string;
    readonly outcome?: string;
    readonly order?: string;
    readonly at?: Date;
    readonly request?: Fields;
    readonly response?: Fields;
  },
): Promise<void> {
  await client.query(
    `insert into gateway_calls
       (id, service, outcome, started_at, duration_ms, request, response, transaction_id)
     values ($1, $2, $3, $4, 1, $5, $6, (select id from transactions where partner_trans_id = $7))`,
    [
      uuidv7(),
      call.service,
      call.outcome ?? 'SUCCEEDED',
      call.at ?? new Date(DAY_ENDS.getTime() - 1_200_000),
      { service: call.service, partner: PARTNER_ID, ...call.request },
      call.response ?? null,
      call.order ?? null,
    ],
  );
}

/** A message that counts as applied to a payment, and says what it is told to say. */
export async function plantMessage(client: Client, order: string, says: Fields): Promise<void> {
  const fields = {
    ...{ notify_id: uuidv7(), trade_status: 'TRADE_SUCCESS', total_fee: '10.00' },
    ...named(order),
    ...says,
  };
  const { body, contentType } = encodeNotification(fields, gatewaySigner, {});
  const { notifyId, contentHash, tradeNo } = columnsOf(fields);
  await client.query(
    `insert into notifications (id, notify_id, content_hash, status, qr_code_id, transaction_id,
       trade_no, content_type, body, received_at, applied_at)
     select $1, $2, $3, 'APPLIED', qr_code_id, id, $4, $5, $6, $7, $7
     from transactions where partner_trans_id = $8`,
    [uuidv7(), notifyId, contentHash, tradeNo, contentType, body, DAY_ENDS, order],
  );
}

/** A refund that a person has resolved, so that it needs no call, with its events and its sum. */
export function resolvedRefund(order: string, minor: number, currency = 'HKD'): string[] {
  const id = uuidv7();
  const event = (type: string): string => `
    insert into transaction_events (id, transaction_id, type, status, amount_minor, currency, refund_id,
      actor, occurred_at, recorded_at)
    values (gen_random_uuid(), ${payment(order)}, '${type}', 'PAID', ${minor}, 'HKD', '${id}', 'owner',
      now(), now())`;
  return [
    `insert into refunds (id, transaction_id, partner_refund_id, idempotency_key, amount_minor, currency,
       status, requested_by, resolved_by, resolution_note, created_at, settled_at)
     values ('${id}', ${payment(order)}, 'R${id}', '${id}', ${minor}, '${currency}', 'SUCCEEDED', 'owner',
       'owner', 'by hand', now(), now())`,
    event('REFUND_REQUESTED'),
    event('REFUND_SUCCEEDED'),
    `update transactions set refunded_minor = refunded_minor + ${minor} where id = ${payment(order)}`,
  ];
}
