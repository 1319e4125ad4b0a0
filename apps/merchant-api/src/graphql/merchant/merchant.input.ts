import { type MerchantType } from '@countersign/merchant-domain';
import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';

import { textCharactersMax, tooLong } from '../text-limit';
import { MerchantTypeWords } from './merchant.type';

@InputType('RegisterMerchantInput', { description: 'A merchant to register.' })
export class RegisterMerchantInput {
  @Field(() => String, {
    description:
      'An id of your own choice, at most 32 of A–Z, a–z, 0–9 and _. Alipay keeps it for ever, as `secondary_merchant_id`.',
  })
  @MaxLength(textCharactersMax, tooLong)
  alipayMerchantId!: string;

  @Field(() => String, {
    description:
      'The name customers see when they pay: at most 32 characters, without double quotation marks.',
  })
  @MaxLength(textCharactersMax, tooLong)
  name!: string;

  @Field(() => MerchantTypeWords, { description: 'A person or a company.' })
  type!: MerchantType;

  @Field(() => String, {
    description: 'The merchant category code of what it sells: four digits, for instance "5812".',
  })
  @MaxLength(textCharactersMax, tooLong)
  industry!: string;
}
