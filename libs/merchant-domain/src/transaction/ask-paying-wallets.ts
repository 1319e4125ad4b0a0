import { claimDue } from '../database/claim-due';
import { eachDue } from '../database/each-due';
import { settlePauseMs } from '../database/settle-pause';
import { type Domain } from '../domain';
import { observeQuery } from './observe-query';
import { queryTrade } from './query-trade';
import { Transaction } from './transaction.entity';

/**
 * Asks once which wallet paid: the notification does not say (decision 11). An answer that cannot
 * be trusted is asked for again, a definite no is not.
 */
export async function askPayingWallets(
  domain: Domain,
  { limit }: { readonly limit: number },
): Promise<number> {
  const due = await claimDue(domain, Transaction, {
    due: 'institution_check_at',
    attempts: 'institution_attempts',
    limit,
  });
  return eachDue(domain, due, 'paying wallet', (transaction) => askOne(domain, transaction));
}

async function askOne(domain: Domain, transaction: Transaction): Promise<void> {
  const outcome = await queryTrade(domain, transaction);
  if (outcome.kind === 'SUCCEEDED') {
    await domain.database.atomically(domain, (tx) =>
      observeQuery(domain, tx, outcome.answer, null),
    );
    return;
  }
  // An unsigned no is about our configuration, which will be mended, not about this trade.
  const again =
    outcome.kind === 'UNKNOWN' || !outcome.signed
      ? new Date(domain.now().getTime() + settlePauseMs(transaction.institutionAttempts))
      : null;
  await domain.database.manager.update(
    Transaction,
    { id: transaction.id },
    { institutionCheckAt: again },
  );
}
