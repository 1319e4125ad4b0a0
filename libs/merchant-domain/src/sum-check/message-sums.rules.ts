import { type Fields } from '@countersign/alipay-protocol';

import {
  canBeCutOtherwise,
  columnsOf,
  fieldsAsSigned,
  storable,
} from '../inbox/notification-content';
import { type NotificationStatus } from '../inbox/notification.entity';
import { type Disagreement, disagreement } from './disagreement';
import { type Bounds, type MessageOnRecord } from './payment-file';

/** What an applied message says of its trade. */
export interface ReadMessage {
  readonly id: string;
  readonly qrCodeId: string | null;
  readonly tradeNo: string | undefined;
  readonly orderNo: string | undefined;
  readonly tradeStatus: string | undefined;
  readonly totalFee: string | undefined;
  /** Its own, else that of its code. */
  readonly currency: string | null;
  /** The refund that it tells of; none where its fields can be read in another way. */
  readonly refund: { readonly id: string; readonly fee: string } | null;
  /** Else a query confirmed the trade, and the query's answer was applied in its place. */
  readonly isTakenAtItsWord: boolean;
}

/** The messages whose bytes can be read; see `alteredFindings` for the others. */
export function readMessages(messages: readonly MessageOnRecord[]): ReadMessage[] {
  return messages.flatMap((message) => {
    const fields = fieldsOf(message);
    return fields === null ? [] : [readMessage(message, storable(fields))];
  });
}

function readMessage(message: MessageOnRecord, fields: Fields): ReadMessage {
  const given = (name: string): string | undefined =>
    fields[name] === '' ? undefined : fields[name];
  const [id, fee] = [given('out_biz_no'), given('refund_fee')];
  const isUnsure = canBeCutOtherwise(fields);
  return {
    id: message.id,
    qrCodeId: message.qrCodeId,
    tradeNo: given('trade_no'),
    orderNo: given('out_trade_no'),
    tradeStatus: given('trade_status'),
    totalFee: given('total_fee'),
    currency: given('currency') ?? given('trans_currency') ?? message.codeCurrency,
    refund: id === undefined || fee === undefined || isUnsure ? null : { id, fee },
    isTakenAtItsWord: message.codeCurrency !== null && !isUnsure,
  };
}

/** Where the bytes of an applied message are not those that its columns were made of. */
export function* alteredFindings(messages: readonly MessageOnRecord[]): Generator<Disagreement> {
  for (const message of messages) {
    const fields = fieldsOf(message);
    const columns = fields === null ? null : columnsOf(fields);
    for (const field of ['contentHash', 'notifyId', 'tradeNo'] as const) {
      if (columns?.[field] === message[field]) continue;
      yield disagreement('NOTIFICATION_ALTERED', message.id, {
        field,
        books: message[field],
        evidence: columns?.[field],
      });
      break;
    }
  }
}

/** A message that is not applied to a payment of ours, or to none that is there. */
export interface LooseMessage {
  readonly id: string;
  readonly status: NotificationStatus;
  readonly reason: string | null;
  readonly transactionId: string | null;
  readonly tradeNo: string | null;
  readonly receivedAt: Date;
}

export function* looseMessageFindings(
  message: LooseMessage,
  { now, stuckMs }: Bounds,
): Generator<Disagreement> {
  switch (message.status) {
    case 'APPLIED':
      yield disagreement('NOTIFICATION_WITHOUT_TRANSACTION', message.id, {
        field: 'transactionId',
        books: message.transactionId,
        evidence: message.tradeNo,
      });
      return;
    case 'RECEIVED':
      if (message.receivedAt.getTime() + stuckMs >= now.getTime()) return;
      yield disagreement('NOTIFICATION_STUCK', message.id, {
        field: 'status',
        books: 'RECEIVED',
        evidence: `received at ${message.receivedAt.toISOString()}`,
      });
      return;
    case 'QUARANTINED':
      yield disagreement('NOTIFICATION_QUARANTINED', message.id, {
        field: 'reason',
        books: message.reason,
        evidence: message.tradeNo,
      });
      return;
    case 'REFUSED':
      // It did not verify: nobody's word.
      return;
  }
}

function fieldsOf(message: MessageOnRecord): Fields | null {
  const known = READ.get(message);
  if (known !== undefined) return known;
  const fields = parseAgain(message);
  READ.set(message, fields);
  return fields;
}

/** Several rules read a message; to parse it is most of their work. */
const READ = new WeakMap<MessageOnRecord, Fields | null>();

function parseAgain({ body, contentType }: MessageOnRecord): Fields | null {
  try {
    return fieldsAsSigned(body, contentType);
  } catch {
    return null; // whatever makes bytes that verified once unreadable has altered them
  }
}
