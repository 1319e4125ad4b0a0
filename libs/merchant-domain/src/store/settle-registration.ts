import { type Outcome, type SecmerchantQueryStatusAnswer } from '@countersign/alipay-services';

import { settlePauseMs } from '../database/settle-pause';
import { type Tx } from '../database/tx';
import { type Domain, type Refusal } from '../domain';
import {
  isUnderReview,
  provesReceipt,
  refuseAsAlipay,
  registrationTold,
  reviewPauseMs,
  statusAfterSubmission,
} from './store-registration.rules';
import { Store } from './store.entity';

/** What a submission or a question comes to: the store, and the refusal where there is one. */
export type RegistrationResult = { readonly store: Store } | (Refusal & { readonly store?: Store });

/**
 * The door through which Alipay's answer to a submission reaches our record. No money moves here, so
 * any definite answer settles, also one to a repeat (decision 5); one to an older submission does not.
 */
export function settleSubmission(
  domain: Domain,
  asked: Store,
  outcome: Outcome<unknown>,
): Promise<RegistrationResult> {
  return domain.database.atomically(domain, async (tx) => {
    const store = await lockStore(tx, asked.id);
    if (store.pendingRegistration === null || !isOfSameSubmission(store, asked)) return { store };

    switch (outcome.kind) {
      case 'UNKNOWN':
        await change(tx, store, {
          registrationCheckAt: after(tx, settlePauseMs(store.registrationAttempts)),
        });
        return { store };
      case 'REJECTED':
        await change(tx, store, {
          ...ANSWERED,
          registrationFailureCode: outcome.alipayCode,
          ...watch(tx, store.registration),
        });
        return { ...refuseAsAlipay(outcome), store };
      case 'SUCCEEDED': {
        const registration = statusAfterSubmission(store.registration);
        await change(tx, store, {
          ...ANSWERED,
          registration,
          rejectReason: null,
          ...watch(tx, registration),
        });
        return { store };
      }
    }
  });
}

/**
 * The door through which Alipay's word about a store reaches our record: the state of its review,
 * and whether what has no answer yet was received. A word that was overtaken changes nothing.
 */
export function observeRegistration(
  domain: Domain,
  asked: Store,
  outcome: Outcome<SecmerchantQueryStatusAnswer>,
): Promise<Store> {
  return domain.database.atomically(domain, async (tx) => {
    const store = await lockStore(tx, asked.id);
    if (isOvertaken(store, asked)) return store;

    const told = outcome.kind === 'SUCCEEDED' ? registrationTold(outcome.answer) : undefined;
    if (outcome.kind !== 'SUCCEEDED' || told === undefined) {
      return store.pendingRegistration === null ? askLater(tx, store) : store;
    }
    const isPending = store.pendingRegistration !== null;
    if (isPending && !provesReceipt(store, told, outcome.answer.registration)) return store;
    await change(tx, store, {
      ...(isPending ? ANSWERED : {}),
      registration: told,
      rejectReason: outcome.answer.rejectReason ?? null,
      registrationToldAt: tx.now(),
      registrationCheckAt: isUnderReview(told)
        ? after(tx, reviewPauseMs(isPending ? 0 : store.registrationAttempts))
        : null,
    });
    return store;
  });
}

/** The store's row until the end of the block: one word about a store at a time. */
export async function lockStore(tx: Tx, id: string): Promise<Store> {
  return tx.manager.findOneOrFail(Store, { where: { id }, lock: { mode: 'for_no_key_update' } });
}

/** Nothing is pending any more, and what persons it named is gone. */
const ANSWERED = {
  pendingRegistration: null,
  registrationAttempts: 0,
  registrationFailureCode: null,
} as const satisfies Partial<Store>;

/** Since the question left something was submitted, received or told: the answer may be from before. */
function isOvertaken(store: Store, asked: Store): boolean {
  return (
    !isOfSameSubmission(store, asked) ||
    (store.pendingRegistration === null) !== (asked.pendingRegistration === null) ||
    store.registrationToldAt?.getTime() !== asked.registrationToldAt?.getTime()
  );
}

function isOfSameSubmission(store: Store, asked: Store): boolean {
  return store.registrationSubmissionId === asked.registrationSubmissionId;
}

/** A review is asked about until it is decided. */
function watch(tx: Tx, registration: Store['registration']): Partial<Store> {
  return { registrationCheckAt: isUnderReview(registration) ? after(tx, reviewPauseMs(0)) : null };
}

async function askLater(tx: Tx, store: Store): Promise<Store> {
  if (isUnderReview(store.registration)) {
    await change(tx, store, {
      registrationCheckAt: after(tx, reviewPauseMs(store.registrationAttempts)),
    });
  }
  return store;
}

function after(tx: Tx, milliseconds: number): Date {
  return new Date(tx.now().getTime() + milliseconds);
}

async function change(tx: Tx, store: Store, becomes: Partial<Store>): Promise<void> {
  const changed = { ...becomes, updatedAt: tx.now() };
  await tx.manager.update(Store, { id: store.id }, changed);
  Object.assign(store, changed);
}
