import { AlipayProtocolError, type Money, parseAmount } from '@countersign/alipay-protocol';

import { type Caller, type Refusal, refuse, type Role } from '../domain';
import { type ApiKey } from './api-key.entity';

/** What somebody wants a key to be. */
export interface ApiKeyWish {
  readonly name: string;
  readonly role: Role;
  /** Left out: all stores. */
  readonly storeIds?: readonly string[];
  /** As a person gave it; left out: no limit. */
  readonly refundLimit?: { readonly amount: string; readonly currency: string };
  readonly expiresAt?: Date;
}

export interface CheckedWish {
  readonly name: string;
  readonly storeIds: readonly string[] | null;
  readonly refundLimit: Money | null;
}

const NAME_MAX = 100;
const ROLES: readonly Role[] = ['OWNER', 'MANAGER', 'CASHIER', 'AUDITOR'];
const BOUND_TO_STORES: readonly Role[] = ['MANAGER', 'CASHIER'];

/** The wish as it can be granted, or what is wrong with it. Nobody hands out more than they have. */
export function checkApiKey(caller: Caller, wish: ApiKeyWish, now: Date): CheckedWish | Refusal {
  const name = wish.name.trim();
  if (name === '' || Array.from(name).length > NAME_MAX || /[\p{Cc}\p{Cs}]/u.test(name)) {
    return refuse(
      'INVALID_INPUT',
      `A name of 1 to ${NAME_MAX} characters on one line says what the key is for.`,
      { field: ['name'] },
    );
  }
  if (!ROLES.includes(wish.role)) {
    return refuse('INVALID_INPUT', `A role is one of ${ROLES.join(', ')}.`, { field: ['role'] });
  }
  if (wish.expiresAt !== undefined && wish.expiresAt <= now) {
    return refuse('INVALID_INPUT', 'A key that has expired is no key: give a time to come.', {
      field: ['expiresAt'],
    });
  }
  const storeIds = wish.storeIds === undefined ? null : [...new Set(wish.storeIds)];
  const refundLimit = readLimit(wish.refundLimit);
  if (refundLimit !== null && 'refusal' in refundLimit) return refundLimit;
  return (
    refuseStores(caller, wish.role, storeIds) ??
    refuseLimit(caller, refundLimit) ?? { name, storeIds, refundLimit }
  );
}

/** Whoever is bound to stores sees and ends the keys that reach no further. */
export function seesApiKey(caller: Caller, { storeIds }: Pick<ApiKey, 'storeIds'>): boolean {
  const { storeIds: own } = caller;
  return own === null || (storeIds?.every((storeId) => own.includes(storeId)) ?? false);
}

/** Whether it opens anything at that time. */
export function isInForce(key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>, now: Date): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);
}

/** Who asks by this key. The prefix stands in every record: names may repeat. */
export function callerOfKey(
  key: Pick<
    ApiKey,
    'name' | 'prefix' | 'role' | 'storeIds' | 'refundLimitMinor' | 'refundLimitCurrency'
  >,
): Caller {
  const { name, prefix, role, storeIds, refundLimitMinor, refundLimitCurrency } = key;
  return {
    subject: `${API_KEY_SUBJECT}${prefix} (${name})`,
    role,
    storeIds,
    refundLimit:
      refundLimitMinor === null || refundLimitCurrency === null
        ? null
        : { minor: refundLimitMinor, currency: refundLimitCurrency },
  };
}

/** What the subject of every key begins with; no other way in may hand out such a subject. */
export const API_KEY_SUBJECT = 'api-key:';

function readLimit(given: ApiKeyWish['refundLimit']): Money | Refusal | null {
  if (given === undefined) return null;
  try {
    return parseAmount(given.amount, given.currency);
  } catch (error) {
    if (!(error instanceof AlipayProtocolError)) throw error;
    return refuse('INVALID_INPUT', error.message, { field: ['refundLimit', 'amount'] });
  }
}

function refuseStores(
  caller: Caller,
  role: Role,
  storeIds: readonly string[] | null,
): Refusal | undefined {
  const field = ['storeIds'];
  if (BOUND_TO_STORES.includes(role) && (storeIds === null || storeIds.length === 0)) {
    return refuse('INVALID_INPUT', `A key of a ${role} names the stores it is for.`, { field });
  }
  if (storeIds === null && caller.storeIds !== null) {
    return refuse(
      'INVALID_INPUT',
      'You are bound to stores: name those of them that the key is for.',
      { field },
    );
  }
  if (storeIds?.some((storeId) => caller.storeIds?.includes(storeId) === false) === true) {
    return noSuchStore();
  }
  return undefined;
}

export function noSuchStore(): Refusal {
  return refuse('NOT_FOUND', 'There is no such store: check its id.', { field: ['storeIds'] });
}

function refuseLimit({ refundLimit: own }: Caller, limit: Money | null): Refusal | undefined {
  if (own === null) return undefined;
  if (limit !== null && limit.currency === own.currency && limit.minor <= own.minor) {
    return undefined;
  }
  return refuse('INVALID_INPUT', 'You have a refund limit: the key needs one within it.', {
    field: ['refundLimit'],
  });
}
