import { createHash } from 'node:crypto';

import {
  AlipayProtocolError,
  type Fields,
  parseNotification,
  signedText,
} from '@countersign/alipay-protocol';

/** What the columns of a stored message hold besides its bytes. */
export interface NotificationColumns {
  readonly notifyId: string | null;
  readonly contentHash: string;
  readonly tradeNo: string | null;
}

const NOTIFY_ID_MAX = 128;
const TRADE_NO_MAX = 64;

export function columnsOf(fields: Fields): NotificationColumns {
  return {
    notifyId: textOf(fields['notify_id'], NOTIFY_ID_MAX),
    contentHash: contentHashOf(fields),
    tradeNo: textOf(fields['trade_no'], TRADE_NO_MAX),
  };
}

/**
 * What a message says: its signed text without the time of sending, so that a resend is the same
 * message and another content under a known id is not (decision 12). Where that text has several
 * readings each is a content of its own: none may stand for the genuine one.
 */
export function contentHashOf(fields: Fields): string {
  // Emptied rather than left out, which means the same and keeps the names as they were.
  const content = 'notify_time' in fields ? { ...fields, notify_time: '' } : fields;
  const hash = createHash('sha256').update(signedText(content));
  if (canBeCutOtherwise(content)) hash.update(`\0${namesOf(content).join(' ')}`);
  return hash.digest('hex');
}

/** Those that are signed: with the text they say how it is cut. */
function namesOf(fields: Fields): string[] {
  const isSigned = (name: string): boolean =>
    fields[name] !== '' && name !== 'sign' && name !== 'sign_type';
  return Object.keys(fields).filter(isSigned).sort();
}

/**
 * The signed text does not say where a value ends: a value that holds `&name=` would fit the same
 * signature cut in another way (PROTOCOL.md §3.1), so that a query must confirm it.
 */
export function canBeCutOtherwise(fields: Fields): boolean {
  return Object.values(fields).some((value) => /&[A-Za-z_]+=/.test(value));
}

/** The fields of bytes that verified when they came; null if they can no longer be read. */
export function fieldsIn(body: Buffer, contentType: string | null): Fields | null {
  const fields = fieldsAsSigned(body, contentType);
  return fields && storable(fields);
}

/** Without what PostgreSQL's text cannot hold; the bytes as received hold it. */
export function storable(fields: Fields): Fields {
  const texts = Object.entries(fields);
  if (!texts.some(([name, value]) => name.includes(NUL) || value.includes(NUL))) return fields;
  return Object.fromEntries(
    texts.map(([name, value]) => [withoutNul(name), withoutNul(value)] as const),
  );
}

/** Exactly what the signature and the hash are over. */
export function fieldsAsSigned(body: Buffer, contentType: string | null): Fields | null {
  try {
    return parseNotification(body, contentType === null ? {} : { contentType });
  } catch (error) {
    if (error instanceof AlipayProtocolError) return null;
    throw error;
  }
}

const NUL = '\u0000';

function withoutNul(text: string): string {
  return text.replaceAll(NUL, '\ufffd');
}

function textOf(value: string | undefined, lengthMax: number): string | null {
  if (value === undefined || value === '') return null;
  // Where it is cut, half a character may be left, which reaches the column as a replacement.
  return withoutNul(value.slice(0, lengthMax)).replace(/\p{Surrogate}/gu, '\ufffd');
}
