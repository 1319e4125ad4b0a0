import type { RegistrationStatus, StoreRegistration } from './records';

/** How long a review takes by the gateway's own clock, before the time scale. Alipay's takes days. */
export const REGISTRATION_REVIEW_MS = 5 * 60 * 1000;

/** What queryStatus says of a registration at a moment: one that nobody decided passes by itself. */
export function statusAt(registration: StoreRegistration, now: Date): RegistrationStatus {
  const { status, decidesAt } = registration;
  const isOpen = status === 'UNDER_REVIEW' || status === 'MODIFICATION_REVIEW';
  const isOver = decidesAt !== null && decidesAt <= now.getTime();
  return isOpen && isOver ? 'SUCCESS' : status;
}

export type StoreStatus = 'ACTIVATED' | 'INACTIVATE' | 'ARCHIVED';

/** What it says of the store itself. A refused update leaves a registered store as it was, or does not. */
export function storeStatusAt(
  registration: StoreRegistration,
  now: Date,
  refusedUpdate: 'stays-registered' | 'unregisters',
): StoreStatus {
  if (registration.isArchived) return 'ARCHIVED';
  switch (statusAt(registration, now)) {
    case 'SUCCESS':
    case 'MODIFICATION_REVIEW':
      return 'ACTIVATED';
    case 'UNDER_REVIEW':
      return 'INACTIVATE';
    case 'FAILED':
      return registration.wasRegistered && refusedUpdate === 'stays-registered'
        ? 'ACTIVATED'
        : 'INACTIVATE';
  }
}

/** Whether a store has ever passed a review. */
export function hasPassed(registration: StoreRegistration | undefined, now: Date): boolean {
  if (registration === undefined) return false;
  return registration.wasRegistered || statusAt(registration, now) === 'SUCCESS';
}
