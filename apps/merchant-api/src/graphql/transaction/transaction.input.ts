import { type TransactionStatus } from '@countersign/merchant-domain';
import { MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';

import { PageArgs } from '../page';
import { DateTime } from '../scalars/borrowed-scalars';
import { Decimal } from '../scalars/decimal';
import { textCharactersMax, tooLong } from '../text-limit';
import { TransactionStatusWords } from './transaction.type';

@InputType('TransactionFilter', {
  description: 'Which payments. Everything given must hold; what is left out does not matter.',
})
export class TransactionFilterInput {
  @Field(() => ID, { nullable: true, description: 'Made at this store.' })
  storeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Made with this code.' })
  qrCodeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Made to this merchant.' })
  merchantId?: string | null;

  @Field(() => String, { nullable: true, description: 'Made at any counter of this shop.' })
  shop?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'true: claimed for a sale; false: not claimed yet.',
  })
  claimed?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'true: stands in a settlement file; false: does not yet, and not all of it was given back.',
  })
  settled?: boolean | null;

  @Field(() => [TransactionStatusWords], {
    nullable: true,
    description: 'In one of these states.',
  })
  statuses?: TransactionStatus[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Paid at this instant or later.' })
  paidFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Paid before this instant.' })
  paidTo?: Date | null;

  @Field(() => Decimal, { nullable: true, description: 'Of this amount or more.' })
  minAmount?: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Of this amount or less.' })
  maxAmount?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'With an alipayTransId or partnerTransId that begins with this text.',
  })
  search?: string | null;
}

@ArgsType()
export class TransactionsArgs extends PageArgs {
  @Field(() => TransactionFilterInput, {
    nullable: true,
    description: 'Which payments; all when left out.',
  })
  filter?: TransactionFilterInput | null;
}

@InputType('TransactionInput', { description: 'Which payment it is about.' })
export class TransactionInput {
  @Field(() => ID, { description: 'The payment.' })
  transactionId!: string;
}

@InputType('CancelTransactionInput', { description: 'A payment to undo as a whole.' })
export class CancelTransactionInput {
  @Field(() => ID, { description: 'The payment.' })
  transactionId!: string;

  @Field(() => String, { nullable: true, description: 'Why, for your own books.' })
  @MaxLength(textCharactersMax, tooLong)
  reason?: string | null;
}

@InputType('ClaimTransactionInput', { description: 'A payment and the sale it pays for.' })
export class ClaimTransactionInput {
  @Field(() => ID, { description: 'The payment.' })
  transactionId!: string;

  @Field(() => String, {
    description:
      'Your own number of the sale, unique over all tills that see the payment: for the same number it is claimed again, and told to be paid.',
  })
  @MaxLength(textCharactersMax, tooLong)
  saleReference!: string;
}

@InputType('RecoverTransactionInput', {
  description: 'A payment that Alipay has and we do not: give one of its two numbers at least.',
})
export class RecoverTransactionInput {
  @Field(() => String, {
    nullable: true,
    description: 'The order number (`out_trade_no`), by which Alipay finds it for certain.',
  })
  @MaxLength(textCharactersMax, tooLong)
  partnerTransId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Alipay's own number (`trade_no`), as the customer's receipt shows it. Alipay may not answer to this one alone.",
  })
  @MaxLength(textCharactersMax, tooLong)
  alipayTransId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The code that was scanned, where it is known.',
  })
  qrCodeId?: string | null;
}
