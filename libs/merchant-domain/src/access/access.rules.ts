import { type Caller, type Role } from '../domain';

/** What a caller can ask for. Each GraphQL root field and each use case names exactly one. */
export type Action =
  | 'READ_SALES' // codes, transactions, stores and merchants, live events
  | 'READ_OPERATIONS' // gateway calls, notifications, statements: for support and audit
  | 'REGISTER' // merchants and stores
  | 'MANAGE_CODES'
  | 'CLAIM'
  | 'GIVE_BACK' // refund or cancel
  | 'ASK_ALIPAY' // refresh, recover
  | 'REPAIR' // replay a notification, resolve a discrepancy
  | 'RESOLVE_REFUND' // by the word of a person
  | 'KEEP_BOOKS' // statement files, refused notifications, doubts after a restored backup
  | 'MANAGE_KEYS';

/** Who may do what (decision 20). */
export const MAY: Readonly<Record<Action, readonly Role[]>> = {
  READ_SALES: ['OWNER', 'MANAGER', 'CASHIER', 'AUDITOR'],
  READ_OPERATIONS: ['OWNER', 'MANAGER', 'AUDITOR'],
  REGISTER: ['OWNER'],
  MANAGE_CODES: ['OWNER', 'MANAGER'],
  CLAIM: ['OWNER', 'MANAGER', 'CASHIER'],
  GIVE_BACK: ['OWNER', 'MANAGER', 'CASHIER'],
  ASK_ALIPAY: ['OWNER', 'MANAGER'],
  REPAIR: ['OWNER', 'MANAGER'],
  RESOLVE_REFUND: ['OWNER'],
  KEEP_BOOKS: ['OWNER'],
  MANAGE_KEYS: ['OWNER'],
};

/**
 * What belongs to no store, and reaches all of them: like a record without a store, it is for
 * callers of all stores.
 */
export const OF_WHOLE_ACCOUNT: readonly Action[] = ['REGISTER', 'KEEP_BOOKS'];

/** A forbidden action is not data but an error at the top level (decision 20). */
export class Forbidden extends Error {
  readonly code = 'FORBIDDEN';
  override readonly name = 'Forbidden';
}

export function mayDo(caller: Caller, action: Action): boolean {
  return MAY[action].includes(caller.role) && reachesFarEnough(caller, action);
}

/** Throws Forbidden unless the caller's role allows the action. */
export function requireAction(caller: Caller, action: Action): void {
  if (!MAY[action].includes(caller.role)) {
    throw new Forbidden(
      `The role ${caller.role} may not do this (${action}); it takes ${MAY[action].join(' or ')}.`,
    );
  }
  if (!reachesFarEnough(caller, action)) {
    throw new Forbidden(
      `This concerns the whole account (${action}): whoever is bound to stores may not do it.`,
    );
  }
}

/** An object outside the caller's stores does not exist for it; one without a store is for callers of all stores. */
export function seesStore(caller: Caller, storeId: string | null): boolean {
  return caller.storeIds === null || (storeId !== null && caller.storeIds.includes(storeId));
}

function reachesFarEnough(caller: Caller, action: Action): boolean {
  return caller.storeIds === null || !OF_WHOLE_ACCOUNT.includes(action);
}
