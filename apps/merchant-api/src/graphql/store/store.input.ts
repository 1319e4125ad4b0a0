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

  @Field(() => String, {
    description: 'Its name, as Alipay is to show it, without double quotation marks.',
  })
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

  @Field(() => String, { description: 'Its street address, without double quotation marks.' })
  @MaxLength(textCharactersMax, tooLong)
  address!: string;
}

@InputType('SubmitStoreRegistrationInput', {
  description:
    "What Alipay's review is told of a store, beside what is on record of the store and its merchant. None of it is kept once Alipay has received it.",
})
export class SubmitStoreRegistrationInput {
  @Field(() => ID, { description: 'The store to register, or whose registration has changed.' })
  storeId!: string;

  @Field(() => String, {
    nullable: true,
    description: "The number of the merchant's business registration.",
  })
  @MaxLength(textCharactersMax, tooLong)
  registrationNo?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The legal representative; Alipay asks for one of an INDIVIDUAL.',
  })
  @MaxLength(textCharactersMax, tooLong)
  representativeName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The number of the representative's identity document.",
  })
  @MaxLength(textCharactersMax, tooLong)
  representativeId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A shareholder; Alipay asks for one of an ENTERPRISE.',
  })
  @MaxLength(textCharactersMax, tooLong)
  shareholderName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The number of the shareholder's identity document.",
  })
  @MaxLength(textCharactersMax, tooLong)
  shareholderId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A telephone number for Alipay: digits, blanks and + - ( ).',
  })
  @MaxLength(textCharactersMax, tooLong)
  contactNo?: string | null;

  @Field(() => String, { nullable: true, description: 'An e-mail address for Alipay.' })
  @MaxLength(textCharactersMax, tooLong)
  contactEmail?: string | null;
}

@InputType('StoreInput', { description: 'The store that something is asked about.' })
export class StoreInput {
  @Field(() => ID, { description: 'The store.' })
  storeId!: string;
}
