import { type OverseasQueryAnswer } from '@countersign/alipay-services';
import { IsNull } from 'typeorm';

import { claimDue } from '../database/claim-due';
import { commitTogether, type Together } from '../database/commit-together';
import { eachDue } from '../database/each-due';
import { settlePauseMs } from '../database/settle-pause';
import { type Domain } from '../domain';
import { observeQueries } from './observe-query';
import { queryTrade } from './query-trade';
import { Transaction } from './transaction.entity';

/** Nobody waits for these: those that come together are written together. */
const ANSWER_LINGERS_MS = 50;
/**
 * Of the wallet nobody makes anything depend; nor of what else is asked for here, after a late yes to a
 * cancel and after a restore: there a person is told, and doubts end by files.
 */
const LONGEST_PAUSE_MS = 60 * 60_000;
/** Some thirty hours. */
const REFUSED_AT_MOST = 40;

/**
 * Asks once which wallet paid: the notification does not say (decision 11). An answer that cannot
 * be trusted is asked for again, a definite no is not. Answers are written as they come, those that
 * come together in one block; one that does not come holds up none.
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
  const answers = commitTogether<OverseasQueryAnswer, undefined>({
    write: async (together) => {
      await domain.database.atomically(domain, (tx) => observeQueries(domain, tx, together));
      return [];
    },
    batchMax: Math.max(1, due.length),
    queueMax: due.length,
    connections: 1,
    lingerMs: () => ANSWER_LINGERS_MS,
  });
  return eachDue(domain, due, 'paying wallet', (transaction) =>
    askOne(domain, transaction, answers),
  );
}

async function askOne(
  domain: Domain,
  transaction: Transaction,
  answers: Together<OverseasQueryAnswer, undefined>,
): Promise<void> {
  const outcome = await queryTrade(domain, transaction);
  if (outcome.kind === 'SUCCEEDED') {
    await answers.add(outcome.answer);
    return;
  }
  // An unsigned no is about our configuration, which will be mended, not about this trade. A contract that does
  // not cover the query refuses every payment there ever was, and each call is kept on record.
  const { institutionAttempts: attempts } = transaction;
  const mayBeAnswered =
    outcome.kind === 'UNKNOWN' || (!outcome.signed && attempts < REFUSED_AT_MOST);
  const again = mayBeAnswered
    ? new Date(domain.now().getTime() + settlePauseMs(attempts, LONGEST_PAUSE_MS))
    : null;
  // Under the lease it was asked with: somebody may have paid since, who is asked about anew.
  const { id, institutionCheckAt } = transaction;
  await domain.database.manager.update(
    Transaction,
    { id, institutionCheckAt: institutionCheckAt ?? IsNull() },
    { institutionCheckAt: again },
  );
}
