import { type Role } from '@countersign/merchant-domain';
import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

import { MoneyInput } from '../money/money.type';
import { DateTime } from '../scalars/borrowed-scalars';
import { textCharactersMax, tooLong } from '../text-limit';
import { RoleWords } from '../viewer/viewer.type';

const storesMax = 1_000;

@InputType('CreateApiKeyInput', { description: 'What a key is for, and how far it reaches.' })
export class CreateApiKeyInput {
  @Field(() => String, { description: 'What it is for, for instance "Till 3": for people.' })
  @MaxLength(textCharactersMax, tooLong)
  name!: string;

  @Field(() => RoleWords, { description: 'What it may do.' })
  role!: Role;

  @Field(() => [ID], {
    nullable: true,
    description:
      'The stores it is for. Left out, it is for all of them, which a MANAGER or CASHIER never is; an empty list names none.',
  })
  @ArrayMaxSize(storesMax, { message: `A key names at most ${storesMax} stores.` })
  storeIds?: string[] | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'The most it may give back in one refund or cancel; left out, there is no limit.',
  })
  refundLimit?: MoneyInput | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it ends by itself; left out, it is good until it is revoked.',
  })
  expiresAt?: Date | null;
}

@InputType('RevokeApiKeyInput', { description: 'A key to end.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'The key.' })
  apiKeyId!: string;
}
