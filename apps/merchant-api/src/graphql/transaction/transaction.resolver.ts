import { type Domain, findTransaction } from '@countersign/merchant-domain';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { TimelineArgs, TransactionEventConnection } from '../event/transaction-event.type';
import { timelineOf } from '../event/timeline-of';
import { given } from '../given';
import { uuidToMatch } from '../node-id';
import { QrCodeNode, toQrCodeNode } from '../qr-code/qr-code.type';
import { RefundNode, toRefundNode } from '../refund/refund.type';
import { StoreNode, toStoreNode } from '../store/store.type';
import { TransactionsArgs } from './transaction.input';
import { TransactionConnection, TransactionNode, toTransactionNode } from './transaction.type';
import { transactionsOf } from './transactions-of';

/** Payments and what belongs to them; what changes one is in transaction.mutations.ts. */
@Resolver(() => TransactionNode)
export class TransactionResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => TransactionNode, {
    nullable: true,
    description: 'One payment, by its id or by one of its two numbers.',
  })
  @Access('READ_SALES')
  async transaction(
    @Ctx() { caller }: ApiContext,
    @Arg('id', () => ID, { nullable: true, description: 'Its node id.' }) id?: string,
    @Arg('alipayTransId', () => String, { nullable: true, description: "Alipay's number." })
    alipayTransId?: string,
    @Arg('partnerTransId', () => String, { nullable: true, description: 'The order number.' })
    partnerTransId?: string,
  ): Promise<TransactionNode | null> {
    const found = await findTransaction(
      this.domain.database,
      caller,
      given({ id: uuidToMatch('Transaction', id), alipayTransId, partnerTransId }),
    );
    return found && toTransactionNode(found, this.domain.now());
  }

  @Query(() => TransactionConnection, {
    nullable: true,
    description: 'The payments you may see, newest first.',
  })
  @Access('READ_SALES')
  async transactions(
    @Ctx() { caller }: ApiContext,
    @Args(() => TransactionsArgs) args: TransactionsArgs,
  ): Promise<TransactionConnection> {
    return transactionsOf(this.domain, caller, args);
  }

  @FieldResolver(() => QrCodeNode, {
    nullable: true,
    description: 'The code that was scanned; null when it is not one of ours.',
  })
  async qrCode(
    @Root() { qrCodeUuid }: TransactionNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<QrCodeNode | null> {
    const qrCode = qrCodeUuid === null ? null : await loaders.qrCodes.load(qrCodeUuid);
    return qrCode && toQrCodeNode(qrCode);
  }

  @FieldResolver(() => StoreNode, {
    nullable: true,
    description: 'The store where it was made; null when it is not known.',
  })
  async store(
    @Root() { storeUuid }: TransactionNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<StoreNode | null> {
    const store = storeUuid === null ? null : await loaders.stores.load(storeUuid);
    return store && toStoreNode(store);
  }

  @FieldResolver(() => [RefundNode], { description: 'Its refunds, oldest first.' })
  async refunds(
    @Root() transaction: TransactionNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<RefundNode[]> {
    const refunds = await loaders.refundsOfTransaction.load(transaction.uuid);
    return refunds.map(toRefundNode);
  }

  @FieldResolver(() => TransactionEventConnection, {
    description: 'Everything that happened to it, oldest first.',
  })
  async timeline(
    @Root() transaction: TransactionNode,
    @Ctx() { caller }: ApiContext,
    @Args(() => TimelineArgs) args: TimelineArgs,
  ): Promise<TransactionEventConnection> {
    return timelineOf(this.domain, caller, transaction.uuid, args);
  }
}
