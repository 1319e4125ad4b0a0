import { MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

import { describedEnum } from '../described-enum';
import { MoneyInput } from '../money/money.type';
import { textCharactersMax, tooLong } from '../text-limit';

export type RefundResolution = 'SUCCEEDED' | 'FAILED';

const RefundResolutionWords = describedEnum<RefundResolution>(
  'RefundResolution',
  'What a person has found out about a refund that Alipay never answers.',
  {
    SUCCEEDED: 'The customer has the money.',
    FAILED: 'The customer never got it.',
  },
);

@InputType('RefundTransactionInput', { description: 'Money to give back of a payment.' })
export class RefundTransactionInput {
  @Field(() => ID, { description: 'The payment.' })
  transactionId!: string;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'How much; everything that is left when left out.',
  })
  amount?: MoneyInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why, in at most 128 characters without double quotation marks; Alipay keeps it.',
  })
  @MaxLength(textCharactersMax, tooLong)
  reason?: string | null;

  @Field(() => String, {
    description:
      'Names this one refund. Make one up for each refund and send the same again when you repeat it: whatever happens on the way, the money is given back once.',
  })
  @MaxLength(textCharactersMax, tooLong)
  idempotencyKey!: string;
}

@InputType('ResolveRefundInput', {
  description: 'The end of a refund that Alipay never answers, found out by a person.',
})
export class ResolveRefundInput {
  @Field(() => ID, { description: 'The refund, which is PENDING.' })
  refundId!: string;

  @Field(() => RefundResolutionWords, { description: 'What became of it.' })
  outcome!: RefundResolution;

  @Field(() => String, { description: 'How you know; kept with the refund.' })
  @MaxLength(textCharactersMax, tooLong)
  note!: string;
}
