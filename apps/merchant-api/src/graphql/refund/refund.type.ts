import { type Refund, type RefundStatus } from '@countersign/merchant-domain';
import { Field, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { MoneyType, toMoney } from '../money/money.type';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { DateTime } from '../scalars/borrowed-scalars';
import { TransactionNode } from '../transaction/transaction.type';
import { UserError } from '../user-error.type';
import { made } from '../made';

const RefundStatusWords = describedEnum<RefundStatus>('RefundStatus', 'What became of a refund.', {
  PENDING:
    'Sent, or about to be sent; the outcome is not known yet. It is settled in the background under the same partnerRefundId: do not send another.',
  SUCCEEDED: 'The money was given back.',
  FAILED:
    'Not given back, by a certain answer of Alipay, or by the word of a person: see `failureCode`.',
});

@ObjectType('Refund', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'Money given back of a payment, or to be given back.',
})
@Scoped('CALLER')
export class RefundNode extends NodeType {
  readonly uuid!: string;
  readonly transactionUuid!: string;

  @Field(() => String, {
    description: 'Its id at Alipay, the same for every repeat of the same refund.',
  })
  partnerRefundId!: string;

  @Field(() => MoneyType, { description: 'How much is given back.' })
  amount!: MoneyType;

  @Field(() => String, {
    nullable: true,
    description: 'Why, as the caller gave it; null when no reason was given.',
  })
  reason!: string | null;

  @Field(() => RefundStatusWords, { description: 'What became of it.' })
  status!: RefundStatus;

  @Field(() => String, {
    nullable: true,
    description: "Alipay's code, when it FAILED, as docs/error-codes.md explains it; else null.",
  })
  failureCode!: string | null;

  @Field(() => Int, {
    description:
      'How often Alipay has been asked for it, earlier refunds of the same idempotency key included.',
  })
  attempts!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When Alipay is asked again in the background; null once it is settled.',
  })
  nextCheckAt!: Date | null;

  @Field(() => String, {
    description:
      "Who asked for it: a caller's subject; `reconciliation` or `alipay` where a statement, or a notice or late answer, told of it.",
  })
  requestedBy!: string;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When it took effect, where Alipay tells, and else when it became certain what became of it; null while it is PENDING.',
  })
  settledAt!: Date | null;
}

@ObjectType('RefundPayload', {
  simpleResolvers: true,
  description: 'What came of a refund.',
})
@Scoped('PARENT')
export class RefundPayload {
  @Field(() => RefundNode, {
    nullable: true,
    description:
      'The refund. PENDING without an error means: the outcome is not known yet, and will be found out.',
  })
  refund?: RefundNode | null;

  @Field(() => TransactionNode, { nullable: true, description: 'The payment as it stands now.' })
  transaction?: TransactionNode | null;

  @Field(() => Boolean, {
    description:
      'This idempotency key was seen before: `refund` is the refund of then, and nothing new was sent.',
  })
  replayed!: boolean;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}

export function toRefundNode(refund: Refund): RefundNode {
  return made(RefundNode, {
    id: encodeNodeId('Refund', refund.id),
    uuid: refund.id,
    transactionUuid: refund.transactionId,
    partnerRefundId: refund.partnerRefundId,
    amount: toMoney({ minor: refund.amountMinor, currency: refund.currency }),
    reason: refund.reason,
    status: refund.status,
    failureCode: refund.failureCode,
    attempts: refund.attempts,
    nextCheckAt: refund.nextCheckAt,
    requestedBy: refund.requestedBy,
    createdAt: refund.createdAt,
    settledAt: refund.settledAt,
  });
}
