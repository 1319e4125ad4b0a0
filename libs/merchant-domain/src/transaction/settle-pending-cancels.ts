import { claimDue } from '../database/claim-due';
import { eachDue } from '../database/each-due';
import { type Domain } from '../domain';
import { WORKER } from '../event/actors';
import { findDoubts } from '../restoration/books-whereabouts';
import { isInDoubt, NOT_SENT_IN_DOUBT } from '../restoration/restoration.rules';
import { sendCancel } from './cancel-transaction';
import { hasOnlyClosed, windowHasEnded } from './cancel.rules';
import { observeQuery } from './observe-query';
import { queryTrade } from './query-trade';
import { settleCancel } from './settle-cancel';
import { Transaction } from './transaction.entity';
import { cancelWindowEnd, isPaid } from './transaction.rules';

/**
 * Asks Alipay again about every cancel whose outcome is not known and whose time has come. Of a
 * payment in doubt after a restored backup none is sent, and the query alone is asked: the cancel may
 * have been refused since, and a part refunded (guarantee 18).
 */
export async function settlePendingCancels(
  domain: Domain,
  { limit }: { readonly limit: number },
): Promise<number> {
  const due = await claimDue(domain, Transaction, {
    due: 'cancel_next_check_at',
    attempts: 'cancel_attempts',
    limit,
  });
  return eachDue(domain, due, 'cancel', (transaction) => settleOne(domain, transaction));
}

async function settleOne(domain: Domain, transaction: Transaction): Promise<void> {
  const inDoubt = isInDoubt(transaction, await findDoubts(domain.database.manager));
  // A call that left within the window may take effect after it: then the next one decides.
  const askedAt = domain.now();
  const call = inDoubt
    ? NOT_SENT_IN_DOUBT
    : await sendCancel(domain, transaction, () => isClosed(domain, transaction));
  const ended = windowHasEnded(call, cancelWindowEnd(transaction), askedAt);
  const onlyClosed = hasOnlyClosed(call, isPaid(transaction.alipayStatusesSeen));
  const isAsked = onlyClosed || (call.kind !== 'SUCCEEDED' && (ended || inDoubt));
  const query = isAsked ? await queryTrade(domain, transaction) : undefined;
  const isHeard = inDoubt || onlyClosed;
  if (query?.kind === 'SUCCEEDED' && (isHeard || isPaid([query.answer.tradeStatus]))) {
    // No message may have told of this payment. First, so that it is not lost when the process ends
    // in between: the cancel is then asked about again. A closed one ends the cancel here already.
    await domain.database.atomically(domain, (tx) => observeQuery(domain, tx, query.answer, null));
  }
  const decisive = ended ? query : undefined;
  await settleCancel(domain, transaction.id, call, WORKER, decisive, transaction.cancelAttempts);
}

async function isClosed(domain: Domain, transaction: Transaction): Promise<boolean> {
  const query = await queryTrade(domain, transaction);
  return query.kind === 'SUCCEEDED' && query.answer.tradeStatus === 'TRADE_CLOSED';
}
