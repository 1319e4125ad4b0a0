import {
  type Domain,
  type RefundResult,
  refundTransaction,
  resolveRefund,
} from '@countersign/merchant-domain';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { InputRules } from '../input-rules';
import { uuidOf } from '../node-id';
import { toTransactionNode, TransactionNode } from '../transaction/transaction.type';
import { noSuchId, userErrorsOf } from '../user-error.type';
import { RefundTransactionInput, ResolveRefundInput } from './refund.input';
import { RefundNode, RefundPayload, toRefundNode } from './refund.type';
import { made } from '../made';

@Resolver(() => RefundNode)
export class RefundResolver {
  constructor(private readonly domain: Domain) {}

  @FieldResolver(() => TransactionNode, { description: 'The payment it gives back of.' })
  async transaction(
    @Root() refund: RefundNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<TransactionNode | null> {
    const transaction = await loaders.transactions.load(refund.transactionUuid);
    return transaction && toTransactionNode(transaction, this.domain.now());
  }

  @Mutation(() => RefundPayload, {
    nullable: true,
    description:
      'Gives back a part or all of a payment. Safe to repeat with the same idempotency key, however the first attempt ended. Refused with AMOUNT_EXCEEDS_REFUNDABLE, CURRENCY_MISMATCH, NOT_ALLOWED_IN_STATE, REFUND_LIMIT_EXCEEDED, ALIPAY_REJECTED where Alipay refuses it for certain, ALIPAY_UNAVAILABLE where a payment in doubt after a restore cannot be asked about, or IDEMPOTENCY_CONFLICT where the key stands for another refund of the payment. Without a certain answer the refund is PENDING, and there is no error.',
  })
  @Access('GIVE_BACK')
  @InputRules()
  async refundTransaction(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => RefundTransactionInput, { description: 'The payment and how much.' })
    input: RefundTransactionInput,
  ): Promise<RefundPayload> {
    const transactionId = uuidOf('Transaction', input.transactionId);
    if (transactionId === null) return refused('transactionId', 'Transaction');

    const { amount, reason, idempotencyKey } = input;
    return this.toPayload(
      await refundTransaction(this.domain, {
        caller,
        transactionId,
        idempotencyKey,
        ...given({ amount, reason }),
      }),
    );
  }

  @Mutation(() => RefundPayload, {
    nullable: true,
    description:
      'Closes a refund that Alipay never answers, by the word of a person who has found out what became of it.',
  })
  @Access('RESOLVE_REFUND')
  @InputRules()
  async resolveRefund(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => ResolveRefundInput, { description: 'The refund and its end.' })
    input: ResolveRefundInput,
  ): Promise<RefundPayload> {
    const refundId = uuidOf('Refund', input.refundId);
    if (refundId === null) return refused('refundId', 'Refund');

    const { outcome, note } = input;
    return this.toPayload(await resolveRefund(this.domain, { caller, refundId, outcome, note }));
  }

  private toPayload(result: RefundResult): RefundPayload {
    const { refund, transaction, replayed } = result;
    return made(RefundPayload, {
      refund: refund === undefined ? null : toRefundNode(refund),
      transaction:
        transaction === undefined ? null : toTransactionNode(transaction, this.domain.now()),
      replayed: replayed ?? false,
      userErrors: userErrorsOf(result),
    });
  }
}

function refused(name: string, type: string): RefundPayload {
  return made(RefundPayload, { replayed: false, userErrors: [noSuchId(name, type)] });
}
