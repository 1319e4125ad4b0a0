import {
  cancelTransaction,
  claimTransaction,
  type Domain,
  recoverTransaction,
  refreshTransaction,
  type TransactionResult,
} from '@countersign/merchant-domain';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { InputRules } from '../input-rules';
import { uuidOf } from '../node-id';
import { noSuchId, userErrorsOf } from '../user-error.type';
import {
  CancelTransactionInput,
  ClaimTransactionInput,
  RecoverTransactionInput,
  TransactionInput,
} from './transaction.input';
import { toTransactionNode, TransactionPayload } from './transaction.type';
import { made } from '../made';

@Resolver()
export class TransactionMutations {
  constructor(private readonly domain: Domain) {}

  @Mutation(() => TransactionPayload, {
    nullable: true,
    description:
      'Undoes a payment as a whole, until the Beijing midnight after it and only while nothing of it is refunded. While the outcome is not known, `cancelPending` is true and there is no error. Refused with CANCEL_WINDOW_CLOSED, NOT_ALLOWED_IN_STATE, REFUND_LIMIT_EXCEEDED, ALIPAY_REJECTED where Alipay refuses it for certain, or ALIPAY_UNAVAILABLE where a payment in doubt after a restore cannot be asked about.',
  })
  @Access('GIVE_BACK')
  @InputRules()
  async cancelTransaction(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => CancelTransactionInput, { description: 'The payment.' })
    input: CancelTransactionInput,
  ): Promise<TransactionPayload> {
    const transactionId = uuidOf('Transaction', input.transactionId);
    if (transactionId === null) return noTransaction();

    const { reason } = input;
    return this.toPayload(
      await cancelTransaction(this.domain, { caller, transactionId, ...given({ reason }) }),
    );
  }

  @Mutation(() => TransactionPayload, {
    nullable: true,
    description:
      'Ties a payment to one sale of your till. A payment belongs to one sale at most: another one is refused with ALREADY_CLAIMED, and the same again changes nothing.',
  })
  @Access('CLAIM')
  @InputRules()
  async claimTransaction(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => ClaimTransactionInput, { description: 'The payment and the sale.' })
    input: ClaimTransactionInput,
  ): Promise<TransactionPayload> {
    const transactionId = uuidOf('Transaction', input.transactionId);
    if (transactionId === null) return noTransaction();

    const { saleReference } = input;
    return this.toPayload(
      await claimTransaction(this.domain, { caller, transactionId, saleReference }),
    );
  }

  @Mutation(() => TransactionPayload, {
    nullable: true,
    description:
      'Asks Alipay how a payment stands, and brings our record up to date. Refused with ALIPAY_UNAVAILABLE when there is no certain answer, ALIPAY_REJECTED when Alipay does not know it.',
  })
  @Access('ASK_ALIPAY')
  @InputRules()
  async refreshTransaction(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => TransactionInput, { description: 'The payment.' })
    input: TransactionInput,
  ): Promise<TransactionPayload> {
    const transactionId = uuidOf('Transaction', input.transactionId);
    if (transactionId === null) return noTransaction();

    return this.toPayload(await refreshTransaction(this.domain, { caller, transactionId }));
  }

  @Mutation(() => TransactionPayload, {
    nullable: true,
    description:
      'Asks Alipay for a payment we never heard of, by a number the customer shows, and takes it into our books. Refused with ALIPAY_UNAVAILABLE when there is no certain answer, ALIPAY_REJECTED when Alipay does not know it.',
  })
  @Access('ASK_ALIPAY')
  @InputRules()
  async recoverTransaction(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => RecoverTransactionInput, { description: 'One of its numbers.' })
    input: RecoverTransactionInput,
  ): Promise<TransactionPayload> {
    const { partnerTransId, alipayTransId, qrCodeId: nodeId } = input;
    const qrCodeId = nodeId === null || nodeId === undefined ? undefined : uuidOf('QrCode', nodeId);
    if (qrCodeId === null)
      return made(TransactionPayload, { userErrors: [noSuchId('qrCodeId', 'QrCode')] });

    return this.toPayload(
      await recoverTransaction(this.domain, {
        caller,
        ...given({ partnerTransId, alipayTransId, qrCodeId }),
      }),
    );
  }

  private toPayload(result: TransactionResult): TransactionPayload {
    const { transaction } = result;
    return made(TransactionPayload, {
      transaction:
        transaction === undefined ? null : toTransactionNode(transaction, this.domain.now()),
      userErrors: userErrorsOf(result),
    });
  }
}

function noTransaction(): TransactionPayload {
  return made(TransactionPayload, { userErrors: [noSuchId('transactionId', 'Transaction')] });
}
