import { type Domain } from '@countersign/merchant-domain';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';

import { type ApiContext } from '../context';
import { RefundNode, toRefundNode } from '../refund/refund.type';
import { toTransactionNode, TransactionNode } from '../transaction/transaction.type';
import { DiscrepancyNode } from './discrepancy.type';
import { StatementNode, toStatementNode } from './statement.type';

@Resolver(() => DiscrepancyNode)
export class DiscrepancyResolver {
  constructor(private readonly domain: Domain) {}

  @FieldResolver(() => StatementNode, { description: 'The file that disagrees.' })
  async statement(
    @Root() { statementUuid }: DiscrepancyNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<StatementNode> {
    const statement = await loaders.statements.load(statementUuid);
    if (statement === null) throw new Error('a discrepancy without its statement');
    return toStatementNode(statement);
  }

  @FieldResolver(() => TransactionNode, {
    nullable: true,
    description: 'The payment it is about; null when our books have none.',
  })
  async transaction(
    @Root() { transactionUuid }: DiscrepancyNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<TransactionNode | null> {
    if (transactionUuid === null) return null;
    const transaction = await loaders.transactions.load(transactionUuid);
    return transaction && toTransactionNode(transaction, this.domain.now());
  }

  @FieldResolver(() => RefundNode, {
    nullable: true,
    description: 'The refund it is about; null when it is about none, or none of ours.',
  })
  async refund(
    @Root() { refundUuid }: DiscrepancyNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<RefundNode | null> {
    const refund = refundUuid === null ? null : await loaders.refunds.load(refundUuid);
    return refund && toRefundNode(refund);
  }
}
