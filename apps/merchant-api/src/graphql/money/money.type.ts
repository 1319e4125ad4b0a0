import { formatAmount, type Money } from '@countersign/alipay-protocol';
import { Field, InputType, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { CurrencyCode } from '../scalars/currency-code';
import { Decimal } from '../scalars/decimal';
import { made } from '../made';

@ObjectType('Money', {
  simpleResolvers: true,
  description: 'An amount and its currency; neither is anything without the other.',
})
@Scoped('PARENT')
export class MoneyType {
  @Field(() => Decimal, { description: 'The exact amount, for instance "12.50".' })
  amount!: string;

  @Field(() => CurrencyCode, { description: 'The currency of the amount.' })
  currency!: string;
}

@InputType('MoneyInput', { description: 'An amount and its currency.' })
export class MoneyInput {
  @Field(() => Decimal, {
    description:
      'The amount with at most as many decimals as its currency has: two, and none in JPY, for instance. In HKD "12.5" and "12" are the same as "12.50" and "12.00".',
  })
  amount!: string;

  @Field(() => CurrencyCode, { description: 'The currency of the amount.' })
  currency!: string;
}

export function toMoney(money: Money): MoneyType {
  return made(MoneyType, { amount: formatAmount(money), currency: money.currency });
}

export function toMoneyOrNull(minor: bigint | null, currency: string | null): MoneyType | null {
  return minor === null || currency === null ? null : toMoney({ minor, currency });
}
