import { MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

import { textCharactersMax, tooLong } from '../text-limit';

@InputType('RegisterStoreInput', { description: 'A store to register.' })
export class RegisterStoreInput {
  @Field(() => ID, { description: 'The merchant that the store belongs to.' })
  merchantId!: string;

  @Field(() => String, {
    description:
      'An id of your own choice, unique within the merchant: at most 32 of A–Z, a–z, 0–9, _ and -. Alipay keeps it for ever, as `store_id`.',
  })
  @MaxLength(textCharactersMax, tooLong)
  alipayStoreId!: string;

  @Field(() => String, { description: 'Its name, as Alipay is to show it; no ".' })
  @MaxLength(textCharactersMax, tooLong)
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The shop that this counter belongs to; never sent to Alipay.',
  })
  @MaxLength(textCharactersMax, tooLong)
  shop?: string | null;

  @Field(() => String, { description: 'The country by two letters, for instance "HK".' })
  @MaxLength(textCharactersMax, tooLong)
  countryCode!: string;

  @Field(() => String, { description: 'Its street address; no ".' })
  @MaxLength(textCharactersMax, tooLong)
  address!: string;
}
