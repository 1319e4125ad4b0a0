import { type Role } from '@countersign/merchant-domain';
import { Field, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { MoneyType } from '../money/money.type';

export const RoleWords = describedEnum<Role>('Role', 'What a caller may do.', {
  OWNER: 'Everything.',
  MANAGER: 'Everything in its stores, but not API keys, nor what reaches every store.',
  CASHIER:
    'Sees codes and payments of its stores, claims them, and gives back up to its own limit.',
  AUDITOR: 'Reads everything in its stores and changes nothing.',
});

@ObjectType('Viewer', {
  simpleResolvers: true,
  description: 'Who is asking: the bearer of the token.',
})
@Scoped('CALLER')
export class Viewer {
  @Field(() => String, { description: 'The name that is written into records and timelines.' })
  subject!: string;

  @Field(() => RoleWords, { description: 'What they may do.' })
  role!: Role;

  @Field(() => MoneyType, {
    nullable: true,
    description: 'The most they may give back in one refund or cancel; null means no limit.',
  })
  refundLimit!: MoneyType | null;
}
