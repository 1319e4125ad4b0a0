import { type Domain } from '@countersign/merchant-domain';
import { Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { RefundNode, toRefundNode } from '../refund/refund.type';
import { toTransactionNode, TransactionNode } from '../transaction/transaction.type';
import { TransactionEventNode } from './transaction-event.type';

@Resolver(() => TransactionEventNode)
export class TransactionEventResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => String, {
    nullable: true,
    description:
      'The cursor of this moment, for a client that has seen no event yet. A subscription whose `after` it is hears everything from here on, whenever it begins and however often the line breaks before its first event.',
  })
  @Access('READ_SALES')
  latestEventCursor(@Ctx() { latestCursor }: ApiContext): Promise<string> {
    return latestCursor();
  }

  @FieldResolver(() => TransactionNode, {
    description: 'The payment it happened to, as it stands now.',
  })
  async transaction(
    @Root() event: TransactionEventNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<TransactionNode | null> {
    const transaction = await loaders.transactions.load(event.transactionUuid);
    return transaction && toTransactionNode(transaction, this.domain.now());
  }

  @FieldResolver(() => RefundNode, {
    nullable: true,
    description: 'The refund it is about; null when it is about none.',
  })
  async refund(
    @Root() { refundUuid }: TransactionEventNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<RefundNode | null> {
    const refund = refundUuid === null ? null : await loaders.refunds.load(refundUuid);
    return refund && toRefundNode(refund);
  }
}
