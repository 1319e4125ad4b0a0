import { type ChannelFeeType } from '@countersign/merchant-domain';
import { MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

import { CurrencyCode } from '../scalars/currency-code';
import { Decimal } from '../scalars/decimal';
import { textCharactersMax, tooLong } from '../text-limit';
import { ChannelFeeTypeWords } from './qr-code.type';

@InputType('ChannelFeeInput', { description: 'A channel fee to agree on with Alipay.' })
export class ChannelFeeInput {
  @Field(() => ChannelFeeTypeWords, { description: 'An amount or a fraction.' })
  type!: ChannelFeeType;

  @Field(() => Decimal, {
    description: 'FIXED: the amount, "1.50". RATE: the fraction, "0.01" for one per cent.',
  })
  value!: string;
}

@InputType('CreateQrCodeInput', { description: 'A code to create at Alipay.' })
export class CreateQrCodeInput {
  @Field(() => ID, { description: 'The store whose customers will scan it.' })
  storeId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A name for people, for instance "Counter 2"; never sent to Alipay.',
  })
  @MaxLength(textCharactersMax, tooLong)
  label?: string | null;

  @Field(() => CurrencyCode, {
    nullable: true,
    defaultValue: 'HKD',
    description: 'What customers will pay in.',
  })
  transactionCurrency?: string | null;

  @Field(() => CurrencyCode, {
    nullable: true,
    defaultValue: 'HKD',
    description: 'What Alipay is to settle in.',
  })
  settlementCurrency?: string | null;

  @Field(() => ChannelFeeInput, {
    nullable: true,
    description:
      'A channel fee, if your contract has one. Alipay keeps one code with and one without per store.',
  })
  channelFee?: ChannelFeeInput | null;
}

@InputType('ImportQrCodeInput', {
  description: 'A code that is on the wall already, to be taken over.',
})
export class ImportQrCodeInput {
  @Field(() => ID, { description: 'The store where it hangs.' })
  storeId!: string;

  @Field(() => String, { description: 'The text inside the printed picture.' })
  @MaxLength(textCharactersMax, tooLong)
  code!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A name for people, for instance "Counter 2"; never sent to Alipay.',
  })
  @MaxLength(textCharactersMax, tooLong)
  label?: string | null;

  @Field(() => CurrencyCode, {
    nullable: true,
    defaultValue: 'HKD',
    description: 'What customers pay in with it.',
  })
  transactionCurrency?: string | null;

  @Field(() => CurrencyCode, {
    nullable: true,
    defaultValue: 'HKD',
    description: 'What Alipay settles in.',
  })
  settlementCurrency?: string | null;

  @Field(() => ChannelFeeInput, {
    nullable: true,
    description: 'The channel fee it was created with, if it was created with one.',
  })
  channelFee?: ChannelFeeInput | null;
}

@InputType('ModifyQrCodeInput', {
  description: 'What is to change about a code. What is left out stays as it is.',
})
export class ModifyQrCodeInput {
  @Field(() => ID, { description: 'The code to change.' })
  qrCodeId!: string;

  @Field(() => String, { nullable: true, description: 'A new name for people.' })
  @MaxLength(textCharactersMax, tooLong)
  label?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A new name of the store; the store changes too.',
  })
  @MaxLength(textCharactersMax, tooLong)
  storeName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A new name of the merchant; the merchant changes too.',
  })
  @MaxLength(textCharactersMax, tooLong)
  merchantName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A new address of the store; the store changes too.',
  })
  @MaxLength(textCharactersMax, tooLong)
  address?: string | null;

  @Field(() => ChannelFeeInput, {
    nullable: true,
    description: 'Another channel fee. A fee can be changed, never dropped.',
  })
  channelFee?: ChannelFeeInput | null;
}

@InputType('QrCodeInput', { description: 'Which code it is about.' })
export class QrCodeInput {
  @Field(() => ID, { description: 'The code.' })
  qrCodeId!: string;
}
