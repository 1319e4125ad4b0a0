import { type StoreRegistration } from '@countersign/alipay-services';

import { requireAction } from '../access/access.rules';
import { inFlightUntil } from '../database/claim-due';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal } from '../domain';
import { findPlaceFor } from '../qr-code/lock-qr-code';
import { sendRegistration } from './ask-registration';
import { lockStore, type RegistrationResult, settleSubmission } from './settle-registration';
import {
  decideSubmission,
  type RegistrationDetails,
  refuseRegistration,
  registrationOf,
} from './store-registration.rules';
import { Store } from './store.entity';

export interface SubmitStoreRegistration extends RegistrationDetails {
  readonly caller: Caller;
  readonly storeId: string;
}

/**
 * Submits a store to Alipay's review, or what has changed of one that is registered; the latest
 * content wins. A success says that Alipay received it: what the review comes to is asked for in the
 * background. What has no certain answer is pending, and is settled there too.
 */
export async function submitStoreRegistration(
  domain: Domain,
  command: SubmitStoreRegistration,
): Promise<RegistrationResult> {
  requireAction(command.caller, 'MANAGE_CODES');

  const opened = await domain.database.atomically(domain, (tx) => open(domain, tx, command));
  if ('refusal' in opened) return opened;
  if (!opened.isNew) return { store: opened.store };
  domain.log?.info('the registration of a store is submitted', {
    storeId: opened.store.id,
    by: command.caller.subject,
  });

  const outcome = await sendRegistration(domain, opened.store);

  return settleSubmission(domain, opened.store, outcome);
}

async function open(
  domain: Domain,
  tx: Tx,
  command: SubmitStoreRegistration,
): Promise<Refusal | { readonly store: Store; readonly isNew: boolean }> {
  const place = await findPlaceFor(tx, command.caller, command.storeId);
  if ('refusal' in place) return place;
  const store = await lockStore(tx, command.storeId);
  const asked = registrationOf({ ...place, store }, command);
  const refusal = refuseRegistration(asked);
  if (refusal !== undefined) return refusal;

  const decision = decideSubmission(store, asked);
  if (typeof decision === 'object') return decision;
  if (decision === 'NOTHING_TO_DO') return { store, isNew: false };
  await putOnRecord(domain, tx, store, { asked, subject: command.caller.subject });
  return { store, isNew: true };
}

async function putOnRecord(
  domain: Domain,
  tx: Tx,
  store: Store,
  { asked, subject }: { readonly asked: StoreRegistration; readonly subject: string },
): Promise<void> {
  const submitted = {
    pendingRegistration: asked,
    registrationSubmissionId: tx.newId(),
    registrationSubmittedAt: tx.now(),
    registrationSubmittedBy: subject,
    registrationFailureCode: null,
    registrationAttempts: 1,
    registrationCheckAt: inFlightUntil(domain),
    updatedAt: tx.now(),
  };
  await tx.manager.update(Store, { id: store.id }, submitted);
  Object.assign(store, submitted);
}
