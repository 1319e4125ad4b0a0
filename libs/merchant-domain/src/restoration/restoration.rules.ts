import { type Refusal, refuse } from '../domain';
import { type Transaction } from '../transaction/transaction.entity';
import { type Restoration } from './restoration.entity';

/**
 * Whether money may have been given back of this payment without the books knowing: it was made
 * before the backup was restored, and nobody has confirmed since that nothing is missing.
 */
export function isInDoubt(
  transaction: Pick<Transaction, 'paidAt' | 'paidAtGuessed' | 'createdAt' | 'confirmedAt'>,
  restoration: Pick<Restoration, 'noticedAt'> | null,
): boolean {
  if (restoration === null) return false;
  const madeAt = transaction.paidAt ?? transaction.createdAt;
  const isConfirmed =
    transaction.confirmedAt !== null && transaction.confirmedAt >= restoration.noticedAt;
  // Found by a query that does not say when, it may be of the time that the backup lacks.
  const mayBeOlder = transaction.paidAtGuessed;
  return (mayBeOlder || madeAt <= restoration.noticedAt) && !isConfirmed;
}

/** The same of rows of `transactions`, by the parameter that holds when the restoration was noticed. */
export const isInDoubtSince = (noticedAt: string): string =>
  `(listed_at <= ${noticedAt} or paid_at_guessed)
   and (confirmed_at is null or confirmed_at < ${noticedAt})`;

/** What a call comes to that was not made because its payment is in doubt. */
export const NOT_SENT_IN_DOUBT = {
  kind: 'UNKNOWN',
  cause: new Error('the payment is in doubt after a restored backup, and the call was not sent'),
} as const;

/** Why nothing new is given back of a payment in doubt; what was asked for before is. */
export function inDoubt(): Refusal {
  return refuse(
    'NOT_ALLOWED_IN_STATE',
    'The books were restored from a backup, and this payment may have been refunded since: send the requests of that time again with their own keys, compare with the statement, then confirm the payment (npm run after-restore).',
  );
}
