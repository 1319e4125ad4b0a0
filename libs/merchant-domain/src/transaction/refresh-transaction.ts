import { requireAction, seesStore } from '../access/access.rules';
import { type Caller, type Domain, refuse } from '../domain';
import { andThen, because } from '../gateway-call/alipay-no';
import { type TransactionResult } from './claim-transaction';
import { noTransaction } from './lock-transaction';
import { observeQuery } from './observe-query';
import { queryTrade } from './query-trade';
import { Transaction } from './transaction.entity';

export interface RefreshTransaction {
  readonly caller: Caller;
  readonly transactionId: string;
}

/** Asks Alipay for the state of a payment and applies it to our record (PROTOCOL.md §6.2). */
export async function refreshTransaction(
  domain: Domain,
  command: RefreshTransaction,
): Promise<TransactionResult> {
  requireAction(command.caller, 'ASK_ALIPAY');
  const transaction = await domain.database.manager.findOneBy(Transaction, {
    id: command.transactionId,
  });
  if (transaction === null || !seesStore(command.caller, transaction.storeId)) {
    return noTransaction();
  }

  const outcome = await queryTrade(domain, transaction);

  switch (outcome.kind) {
    case 'SUCCEEDED': {
      const observed = await domain.database.atomically(domain, (tx) =>
        observeQuery(domain, tx, outcome.answer, null),
      );
      return { transaction: observed ?? transaction };
    }
    case 'REJECTED':
      return {
        ...refuse(
          'ALIPAY_REJECTED',
          `Alipay refused to tell about this payment ${because(outcome.alipayCode)}.${andThen(outcome.alipayCode)}`,
          { alipayCode: outcome.alipayCode },
        ),
        transaction,
      };
    case 'UNKNOWN':
      return { ...alipayUnavailable(), transaction };
  }
}

export function alipayUnavailable(): ReturnType<typeof refuse> {
  return refuse(
    'ALIPAY_UNAVAILABLE',
    'Alipay gave no answer that can be trusted. Nothing was changed: try again in a moment.',
  );
}
