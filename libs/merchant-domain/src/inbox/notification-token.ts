import { createHmac, timingSafeEqual } from 'node:crypto';

import { type Database } from '../database/open-database';

const ID_BYTES = 16;
const MAC_BYTES = 16;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * The secret in a code's notification address: the code's id and a keyed hash of it, so that every
 * notification names its code and checking the secret reads no row.
 */
export function notificationTokenFor(
  database: Pick<Database, 'notificationTokenKey'>,
  qrCodeId: string,
): string {
  const id = Buffer.from(qrCodeId.replaceAll('-', ''), 'hex');
  return Buffer.concat([id, macOf(database, id)]).toString('base64url');
}

/** The code a token was made for; null for any token we did not make. */
export function qrCodeIdOfToken(
  database: Pick<Database, 'notificationTokenKey'>,
  token: string,
): string | null {
  const known = knownTokensOf(database);
  const qrCodeId = known.get(token) ?? checkToken(database, token);
  if (qrCodeId === null) return null;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(token, qrCodeId);
  return qrCodeId;
}

const KNOWN_MAX = 10_000;
/** Tokens that passed, by the key they passed with: a code's address is the same for ever. */
const knownByKey = new WeakMap<Buffer, Map<string, string>>();

function knownTokensOf({
  notificationTokenKey,
}: Pick<Database, 'notificationTokenKey'>): Map<string, string> {
  const known = knownByKey.get(notificationTokenKey) ?? new Map<string, string>();
  knownByKey.set(notificationTokenKey, known);
  return known;
}

function checkToken(
  database: Pick<Database, 'notificationTokenKey'>,
  token: string,
): string | null {
  if (!TOKEN.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  // The last letter has bits that say nothing: one spelling alone is the token.
  if (bytes.toString('base64url') !== token) return null;
  const id = bytes.subarray(0, ID_BYTES);
  const mac = bytes.subarray(ID_BYTES);
  if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, macOf(database, id))) return null;
  return uuidText(id);
}

function macOf(
  { notificationTokenKey }: Pick<Database, 'notificationTokenKey'>,
  id: Buffer,
): Buffer {
  return createHmac('sha256', notificationTokenKey)
    .update('notification:')
    .update(id)
    .digest()
    .subarray(0, MAC_BYTES);
}

function uuidText(id: Buffer): string {
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
