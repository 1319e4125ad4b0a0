import { AlipayProtocolError, type Money, parseAmount } from '@countersign/alipay-protocol';
import { API_KEY_SUBJECT, type Caller, type Role } from '@countersign/merchant-domain';

import { uuidOf } from '../graphql/node-id';

export type Claims = Readonly<Record<string, unknown>>;

/** Under which names a token says what its bearer may do. */
export interface ClaimNames {
  readonly role: string;
  readonly stores: string;
  readonly refundLimit: string;
}

const ROLES: readonly Role[] = ['OWNER', 'MANAGER', 'CASHIER', 'AUDITOR'];
const SUBJECT_MAX = 255;
/** Those who write into records without being anybody's subject. */
const OURS = ['alipay', 'worker', 'reconciliation', 'demo'];

/**
 * The bearer of a token whose signature is good, or why they are nobody here. What is not said
 * opens nothing: a token without stores is for none of them.
 */
export function callerOfClaims(
  claims: Claims,
  names: ClaimNames,
): Caller | { readonly complaint: string } {
  const subject = claims['sub'];
  if (!isSubject(subject)) return { complaint: 'its sub cannot be written into records' };
  const role = readRole(claimIn(claims, names.role));
  if (role === null) return { complaint: `its ${names.role} is none of ${ROLES.join(', ')}` };
  const storeIds = readStores(claimIn(claims, names.stores));
  const refundLimit = readLimit(claimIn(claims, names.refundLimit));
  if (refundLimit === undefined) {
    return { complaint: `its ${names.refundLimit} is not of the form "200.00 HKD"` };
  }
  return { subject, role, storeIds, refundLimit };
}

/** Names with dots are common, as URLs; where there is none so called, a dot leads inwards. */
function claimIn(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** Nobody may look like a key or like one of ours in a timeline. */
function isSubject(sub: unknown): sub is string {
  return (
    typeof sub === 'string' &&
    sub.trim() !== '' &&
    sub.length <= SUBJECT_MAX &&
    !/[\p{Cc}\p{Cs}]/u.test(sub) &&
    !OURS.includes(sub.trim().toLowerCase()) &&
    !sub.trim().toLowerCase().startsWith(API_KEY_SUBJECT)
  );
}

/** One of the four; in a list beside roles of other programs, the only one of them. */
function readRole(claim: unknown): Role | null {
  const words: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  const [role, ...others] = ROLES.filter((known) => words.includes(known));
  return others.length === 0 ? (role ?? null) : null;
}

function readStores(claim: unknown): readonly string[] | null {
  const words: readonly unknown[] =
    typeof claim === 'string' ? claim.split(/[\s,]+/) : Array.isArray(claim) ? claim : [];
  if (words.includes('*')) return null;
  // An id that names no store opens none.
  return [
    ...new Set(words.flatMap((id) => (typeof id === 'string' ? (uuidOf('Store', id) ?? []) : []))),
  ];
}

/** Null when the token sets no limit; undefined when what it sets cannot be read. */
function readLimit(claim: unknown): Money | null | undefined {
  if (claim === undefined || claim === null) return null;
  const [, amount, currency] =
    /^([\d.]+) ([A-Z]{3})$/.exec(typeof claim === 'string' ? claim : '') ?? [];
  if (amount === undefined || currency === undefined) return undefined;
  try {
    return parseAmount(amount, currency);
  } catch (error) {
    if (error instanceof AlipayProtocolError) return undefined;
    throw error;
  }
}
