import { type Fields, parseAmount, type Verified } from '@countersign/alipay-protocol';
import {
  AlipayNotificationUnreadable,
  readTradeNotification,
  type TradeNotification,
} from '@countersign/alipay-services';
import { In } from 'typeorm';

import { isRowAtFault } from '../database/row-at-fault';
import { type Tx } from '../database/tx';
import { insertRows, updateRows } from '../database/write-rows';
import { type Domain } from '../domain';
import { ALIPAY } from '../event/actors';
import { appendEvent } from '../event/append-event';
import { type QrCode } from '../qr-code/qr-code.entity';
import {
  newTransaction,
  recordPayment,
  tellPlaceLearned,
  type TradeObservation,
} from '../transaction/record-payment';
import { Transaction } from '../transaction/transaction.entity';
import { isPaid } from '../transaction/transaction.rules';
import { Notification } from './notification.entity';
import { hearRefunds, type RefundNotice, tellsOfRefund } from './hear-refunds';
import { canBeCutOtherwise, fieldsIn } from './notification-content';
import { findPaidCodes } from './paid-code';

/** Two blocks can meet at a new trade, or at a code; the second finds what the first wrote at its next turn. */
const TURNS_MAX = 5;

/** What becomes of one message. */
type Fate =
  | { readonly status: 'APPLIED'; readonly transactionId: string }
  | {
      readonly status: 'QUARANTINED';
      readonly reason: string;
      readonly transactionId?: string;
      /** A query can clear it: the background asks at once. */
      readonly askAlipay?: boolean;
    };

/**
 * Turns committed messages into transactions and their events, a batch in one block. A message
 * that cannot be applied goes to quarantine, visible, and blocks nothing behind it.
 */
export async function processNotifications(
  domain: Domain,
  { limit }: { readonly limit: number },
): Promise<{ readonly processed: number }> {
  try {
    return { processed: await inTurns(() => processBatch(domain, limit)) };
  } catch (error) {
    if (!isRowAtFault(error)) throw error;
    domain.log?.error('a batch of notifications failed: taking them one by one', { error });
    return { processed: await processOneByOne(domain, limit) };
  }
}

async function inTurns<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let turn = 1; ; turn += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Overtaken) || turn >= TURNS_MAX) throw error;
    }
  }
}

async function processOneByOne(domain: Domain, limit: number): Promise<number> {
  const waiting = await domain.database.manager.find(Notification, {
    select: { id: true },
    where: { status: 'RECEIVED' },
    order: { receivedAt: 'ASC', id: 'ASC' },
    take: limit,
  });
  for (const { id } of waiting) {
    try {
      await inTurns(() => processBatch(domain, 1, id));
    } catch (error) {
      if (!isRowAtFault(error)) throw error;
      domain.log?.error('a notification could not be applied', { notificationId: id, error });
      const reason = `Applying it failed: ${error instanceof Error ? error.message : 'unknown error'}.`;
      await domain.database.manager.update(
        Notification,
        { id, status: 'RECEIVED' },
        { status: 'QUARANTINED', reason },
      );
    }
  }
  return waiting.length;
}

async function processBatch(domain: Domain, limit: number, only?: string): Promise<number> {
  return domain.database.atomically(domain, async (tx) => {
    const messages = await claim(tx, limit, only);
    if (messages.length === 0) return 0;
    const batch = await loadBatch(domain, tx, messages);

    const fates = new Map<string, Fate>();
    for (const message of messages) fates.set(message.id, apply(tx, batch, message));

    await saveBatch(tx, batch);
    await hearRefunds(domain, tx, batch.refundNotices);
    await saveFates(tx, fates);
    for (const [notificationId, fate] of fates) {
      if (fate.status === 'QUARANTINED') {
        domain.log?.warn('a notification was put in quarantine', {
          notificationId,
          reason: fate.reason,
        });
      }
    }
    return messages.length;
  });
}

/** What is looked at of a message; not an entity, because hundreds are read in a second. */
type Message = Pick<
  Notification,
  'id' | 'notifyId' | 'qrCodeId' | 'tradeNo' | 'fields' | 'receivedAt'
>;

async function claim(tx: Tx, limit: number, only?: string): Promise<Message[]> {
  const rows: (Omit<Message, 'fields'> & Pick<Notification, 'body' | 'contentType'>)[] =
    await tx.manager.query(
      `select id, notify_id as "notifyId", qr_code_id as "qrCodeId", trade_no as "tradeNo",
         body, content_type as "contentType", received_at as "receivedAt"
       from notifications where status = 'RECEIVED' ${only === undefined ? '' : 'and id = $2'}
       order by received_at, id limit $1 for no key update skip locked`,
      only === undefined ? [limit] : [limit, only],
    );
  return rows.map(({ body, contentType, ...row }) => ({
    ...row,
    fields: fieldsIn(body, contentType),
  }));
}

interface Batch {
  readonly sellerIds: readonly string[];
  /** By the code whose address a message came to. */
  readonly codes: ReadonlyMap<string, QrCode>;
  /** By Alipay's number: those on record, locked, and those this batch brings. */
  readonly transactions: Map<string, Transaction>;
  readonly fresh: Set<Transaction>;
  readonly changed: Set<Transaction>;
  /** Ids of messages whose notify_id came before with another content. */
  readonly conflicting: ReadonlySet<string>;
  readonly notifiedCodeIds: Set<string>;
  /** The applied messages that tell of money given back, in their order. */
  readonly refundNotices: RefundNotice[];
}

async function loadBatch(domain: Domain, tx: Tx, messages: readonly Message[]): Promise<Batch> {
  const codeIds = messages.flatMap(({ qrCodeId }) => (qrCodeId === null ? [] : [qrCodeId]));
  const tradeNos = messages.flatMap(({ tradeNo }) => (tradeNo === null ? [] : [tradeNo]));
  // In one order, so that two workers never wait for each other.
  const transactions = await tx.manager.find(Transaction, {
    where: { alipayTransId: In(tradeNos) },
    order: { alipayTransId: 'ASC' },
    lock: { mode: 'for_no_key_update' },
  });
  return {
    sellerIds: domain.sellerIds ?? [domain.alipay.partnerId],
    codes: await findPaidCodes(tx.manager, codeIds),
    transactions: new Map(
      transactions.map((transaction) => [transaction.alipayTransId, transaction]),
    ),
    fresh: new Set(),
    changed: new Set(),
    conflicting: await conflictingIds(tx, messages),
    notifiedCodeIds: new Set(),
    refundNotices: [],
  };
}

/**
 * Of two contents under one id the one that came first counts, whatever became of it since: neither may
 * keep the other out for ever. Before it count one that is applied already, and one that can be read in
 * one way only.
 */
async function conflictingIds(tx: Tx, messages: readonly Message[]): Promise<ReadonlySet<string>> {
  const named = messages.filter(({ notifyId }) => notifyId !== null);
  const others: (Pick<Message, 'id' | 'notifyId' | 'receivedAt'> &
    Pick<Notification, 'status' | 'body' | 'contentType'>)[] = await tx.manager.query(
    `select other.*
     from unnest($1::text[], $2::uuid[]) as message (notify_id, id)
     join lateral (
       select id, notify_id as "notifyId", received_at as "receivedAt", status, body,
         content_type as "contentType"
       from notifications
       where notify_id = message.notify_id and id <> message.id and status <> 'REFUSED' offset 0
     ) as other on true`,
    [named.map(({ notifyId }) => notifyId), named.map(({ id }) => id)],
  );
  const counts = (other: (typeof others)[number], message: Message): boolean => {
    if (other.status === 'APPLIED') return true;
    const isUnsure = canBeCutOtherwise(message.fields ?? {});
    const isOtherUnsure = canBeCutOtherwise(fieldsIn(other.body, other.contentType) ?? {});
    return isUnsure === isOtherUnsure ? cameBefore(other, message) : isUnsure;
  };
  const conflicting = named.filter((message) =>
    others.some(
      (other) =>
        other.notifyId === message.notifyId && other.id !== message.id && counts(other, message),
    ),
  );
  return new Set(conflicting.map(({ id }) => id));
}

function cameBefore(one: Pick<Message, 'id' | 'receivedAt'>, other: Message): boolean {
  const [at, otherAt] = [one.receivedAt.getTime(), other.receivedAt.getTime()];
  return at === otherAt ? one.id < other.id : at < otherAt;
}

function apply(tx: Tx, batch: Batch, message: Message): Fate {
  if (batch.conflicting.has(message.id)) {
    return quarantine('Its notify_id came before with another content.');
  }
  const notification = read(message);
  if ('reason' in notification) return quarantine(notification.reason);
  if (notification.tradeNo !== message.tradeNo) {
    // What its trade is found by is cut at a length that none of Alipay's numbers has.
    return quarantine('Its trade_no is longer than any of Alipay’s.');
  }
  if (notification.sellerId !== undefined && !batch.sellerIds.includes(notification.sellerId)) {
    return quarantine('It is about another seller: its seller_id is none of ours.');
  }
  const code = message.qrCodeId === null ? undefined : batch.codes.get(message.qrCodeId);
  if (code === undefined) {
    return {
      ...quarantine(
        'It was not sent to the secret address of one of our codes; Alipay is asked about it.',
      ),
      askAlipay: true,
    };
  }
  if (canBeCutOtherwise(notification.fields)) {
    return {
      ...quarantine('One of its values reads like a further field; Alipay is asked about it.'),
      askAlipay: true,
    };
  }
  batch.notifiedCodeIds.add(code.id);
  return applyToTrade(tx, batch, notification, code);
}

function applyToTrade(tx: Tx, batch: Batch, notification: TradeNotification, code: QrCode): Fate {
  const known = batch.transactions.get(notification.tradeNo);
  const seen = observationOf(tx, notification, code, known);
  if ('reason' in seen) return { ...quarantine(seen.reason), askAlipay: seen.askAlipay };
  if (known !== undefined && known.qrCodeId !== null && known.qrCodeId !== code.id) {
    return quarantine('It names a trade of another code.', known.id);
  }

  const transaction = known ?? newTransaction(tx, seen, code);
  const { qrCodeId, storeId } = transaction;
  const wasPaid = isPaid(transaction.alipayStatusesSeen);
  // Recovered by a query, which does not say where: now it is known.
  if (qrCodeId === null) Object.assign(transaction, { qrCodeId: code.id, storeId: code.storeId });
  const result = recordPayment(tx, transaction, seen, ALIPAY);
  if ('contradiction' in result) {
    Object.assign(transaction, { qrCodeId, storeId });
    appendEvent(tx, transaction, {
      type: 'DISCREPANCY_FOUND',
      actor: ALIPAY,
      occurredAt: seen.occurredAt,
      detail: {
        field: result.field,
        expected: result.expected,
        actual: result.actual,
        from: 'notification',
      },
    });
    return quarantine(`${result.contradiction}.`, transaction.id);
  }
  // Paid just now, it is told as received, with its store and code.
  if (wasPaid) tellPlaceLearned(tx, transaction, { storeId, qrCodeId }, ALIPAY);
  if (known === undefined) {
    batch.transactions.set(transaction.alipayTransId, transaction);
    batch.fresh.add(transaction);
  } else if ((result.changed || qrCodeId === null) && !batch.fresh.has(transaction)) {
    batch.changed.add(transaction);
  }
  const notice = { transaction, notification };
  if (tellsOfRefund(notice)) batch.refundNotices.push(notice);
  // Before anybody has paid, a query does not know with which wallet.
  const isFirst = known === undefined || (!wasPaid && isPaid(transaction.alipayStatusesSeen));
  if (isFirst && transaction.paymentInstitutionCode === null) {
    transaction.institutionCheckAt = tx.now();
  }
  return { status: 'APPLIED', transactionId: transaction.id };
}

function read(message: Message): TradeNotification | { readonly reason: string } {
  if (message.fields === null) return { reason: 'It has no readable fields.' };
  try {
    // Only what verified is stored with its fields: the row is the proof.
    return readTradeNotification(message.fields as Verified<Fields>);
  } catch (error) {
    if (error instanceof AlipayNotificationUnreadable) return { reason: error.message };
    throw error;
  }
}

function observationOf(
  tx: Tx,
  notification: TradeNotification,
  code: QrCode,
  known: Transaction | undefined,
): TradeObservation | { readonly reason: string; readonly askAlipay: boolean } {
  const currency = notification.currency ?? code.transactionCurrency;
  if (currency !== code.transactionCurrency) {
    return {
      reason: `It is in ${currency}, but its code takes ${code.transactionCurrency}.`,
      askAlipay: false,
    };
  }
  const amount =
    notification.totalFee === undefined
      ? known && { minor: known.amountMinor, currency: known.currency }
      : parseAmount(notification.totalFee, currency);
  if (amount === undefined) {
    return {
      reason: 'It names no amount, and its trade is not on record; Alipay is asked about it.',
      askAlipay: true,
    };
  }
  if (amount.minor === 0n) return { reason: 'It names an amount of zero.', askAlipay: false };
  return {
    alipayTransId: notification.tradeNo,
    partnerTransId: notification.outTradeNo ?? null,
    alipayStatus: notification.tradeStatus,
    amount,
    createdAt: notification.gmtCreate ?? null,
    paidAt: notification.gmtPayment ?? null,
    buyerLogin: notification.buyerLogin ?? null,
    institutionCode: notification.paymentInst ?? null,
    occurredAt: notification.notifyTime ?? tx.now(),
  };
}

function quarantine(
  reason: string,
  transactionId?: string,
): Extract<Fate, { status: 'QUARANTINED' }> {
  return {
    status: 'QUARANTINED',
    reason,
    ...(transactionId === undefined ? {} : { transactionId }),
  };
}

/** Somebody else wrote between our look and our writing what decides about it: the block starts over. */
class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

async function saveBatch(tx: Tx, batch: Batch): Promise<void> {
  // Before any payment that refers to them: whoever gives a code its number waits for those, and would be waited for.
  await noteNotified(tx, batch.notifiedCodeIds);
  const fresh = [...batch.fresh].sort((a, b) => (a.alipayTransId < b.alipayTransId ? -1 : 1));
  if (fresh.length > 0) {
    const inserted = await insertRows(tx, Transaction, fresh, { unlessKnown: true });
    if (inserted !== fresh.length) {
      throw new Overtaken('A trade of this batch was recorded by someone else at the same time.');
    }
  }
  await updateRows(tx, Transaction, [...batch.changed]);
}

async function noteNotified(tx: Tx, qrCodeIds: ReadonlySet<string>): Promise<void> {
  if (qrCodeIds.size === 0) return;
  const [codes]: [{ same_as: string | null }[], number] = await tx.manager.query(
    `update qr_codes set last_notified_at = greatest(last_notified_at, $2)
     where id in (select id from qr_codes where id = any($1::uuid[]) order by id for no key update)
     returning same_as`,
    [[...qrCodeIds], tx.now()],
  );
  // Whoever put that down has moved what he saw there, and not what this block is about to write.
  if (codes.some(({ same_as: sameAs }) => sameAs !== null)) {
    throw new Overtaken('A code of this batch was refused for another one at the same time.');
  }
}

async function saveFates(tx: Tx, fates: ReadonlyMap<string, Fate>): Promise<void> {
  const ended = [...fates];
  await tx.manager.query(
    `update notifications n set
       status = fate.status,
       reason = fate.reason,
       transaction_id = fate.transaction_id,
       awaits_query = fate.ask,
       next_check_at = case when fate.ask then $6::timestamptz end,
       applied_at = case when fate.status = 'APPLIED' then $6::timestamptz end
     from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::boolean[])
       as fate (id, status, reason, transaction_id, ask)
     where n.id = fate.id`,
    [
      ended.map(([id]) => id),
      ended.map(([, fate]) => fate.status),
      ended.map(([, fate]) => ('reason' in fate ? fate.reason : null)),
      ended.map(([, fate]) => fate.transactionId ?? null),
      ended.map(([, fate]) => 'askAlipay' in fate && fate.askAlipay),
      tx.now(),
    ],
  );
}
