import { claimDue } from '../database/claim-due';
import { eachDue } from '../database/each-due';
import { type Domain } from '../domain';
import { queryRegistration, sendRegistration } from './ask-registration';
import { observeRegistration, settleSubmission } from './settle-registration';
import { Store } from './store.entity';

/**
 * Asks Alipay about every store that is under review, or whose submission has no certain answer, and
 * whose time has come. The question comes first: a submission that was received is not repeated,
 * because a repeat may begin the review anew.
 */
export async function settlePendingRegistrations(
  domain: Domain,
  { limit }: { readonly limit: number },
): Promise<number> {
  const due = await claimDue(domain, Store, {
    due: 'registration_check_at',
    attempts: 'registration_attempts',
    limit,
  });
  return eachDue(domain, due, 'registration of a store', (store) => settleOne(domain, store));
}

async function settleOne(domain: Domain, store: Store): Promise<void> {
  const seen = await observeRegistration(domain, store, await queryRegistration(domain, store));
  const isStillOpen =
    seen.pendingRegistration !== null &&
    seen.registrationSubmissionId === store.registrationSubmissionId;
  if (!isStillOpen) return;

  const result = await settleSubmission(domain, store, await sendRegistration(domain, store));
  if ('refusal' in result) {
    domain.log?.warn('the registration of a store that was pending is refused', {
      storeId: store.id,
      alipayCode: result.alipayCode,
      attempts: store.registrationAttempts,
    });
  }
}
