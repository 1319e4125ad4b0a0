import { type Domain, unsettledPayments } from '@countersign/merchant-domain';
import { Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';

import { Access, Scoped } from '../access';
import { type ApiContext } from '../context';
import { made } from '../made';
import { MoneyType, toMoney } from '../money/money.type';
import { DateTime } from '../scalars/borrowed-scalars';

@ObjectType('UnsettledPayments', {
  simpleResolvers: true,
  description: 'What customers paid in one currency and no settlement file has shown yet.',
})
@Scoped('CALLER')
export class UnsettledPayments {
  @Field(() => Int, {
    description: 'How many payments; `transactions(filter: { settled: false })` lists them.',
  })
  count!: number;

  @Field(() => MoneyType, {
    description: 'Their sum, less what was given back. Fees still go off.',
  })
  amount!: MoneyType;

  @Field(() => DateTime, { description: 'When the oldest of them was paid.' })
  oldestPaidAt!: Date;
}

@Resolver()
export class UnsettledResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => [UnsettledPayments], {
    nullable: true,
    description: 'What Alipay still owes, a line for each currency; empty when all is settled.',
  })
  @Access('READ_OPERATIONS')
  async unsettledPayments(@Ctx() { caller }: ApiContext): Promise<UnsettledPayments[]> {
    const sums = await unsettledPayments(this.domain.database, caller);
    return sums.map(({ currency, count, amountMinor, oldestPaidAt }) =>
      made(UnsettledPayments, {
        count,
        amount: toMoney({ minor: amountMinor, currency }),
        oldestPaidAt,
      }),
    );
  }
}
