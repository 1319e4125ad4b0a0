import { formatAmount } from '@countersign/alipay-protocol';
import {
  type Domain,
  type SalesBucket as Bucket,
  type SalesGrouping,
  salesReport,
} from '@countersign/merchant-domain';
import { Args, ArgsType, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';

import { Access, Scoped } from '../access';
import { type ApiContext } from '../context';
import { describedEnum } from '../described-enum';
import { given } from '../given';
import { made } from '../made';
import { encodeNodeId, uuidToMatch } from '../node-id';
import { LocalDate } from '../scalars/borrowed-scalars';
import { CurrencyCode } from '../scalars/currency-code';
import { Decimal } from '../scalars/decimal';

const SalesGroupingWords = describedEnum<SalesGrouping>(
  'SalesGrouping',
  'What a report has one line for.',
  {
    HOUR: 'Each Beijing hour, for instance "2026-01-02T15".',
    DAY: 'Each Beijing day, for instance "2026-01-02".',
    MONTH: 'Each Beijing month, for instance "2026-01".',
    SHOP: 'Each shop: stores with the same name of shop together.',
    STORE: 'Each store, by its id.',
    QR_CODE: 'Each code, by its id.',
  },
);

@ObjectType('SalesBucket', {
  simpleResolvers: true,
  description: 'One line of a report, in one currency.',
})
@Scoped('CALLER')
export class SalesBucketType {
  @Field(() => String, { description: 'What the line is of: see `SalesGrouping`. Empty for none.' })
  key!: string;

  @Field(() => String, { description: 'The same for a person: a name where there is one.' })
  label!: string;

  @Field(() => CurrencyCode, { description: 'The currency of the sums.' })
  currency!: string;

  @Field(() => Int, { description: 'How many payments were made.' })
  count!: number;

  @Field(() => Decimal, {
    description: 'What customers paid in that time, later cancelled or not.',
  })
  gross!: string;

  @Field(() => Decimal, {
    description:
      'What was given back in that time, by refunds and cancels, of payments of any day.',
  })
  refunded!: string;

  @Field(() => Decimal, { description: 'Paid less given back; below zero when more went out.' })
  net!: string;
}

@ArgsType()
class SalesReportArgs {
  @Field(() => LocalDate, { description: 'The first Beijing day.' })
  from!: string;

  @Field(() => LocalDate, { description: 'The last Beijing day: 400 days at most in all.' })
  to!: string;

  @Field(() => SalesGroupingWords, { description: 'What to have one line for.' })
  groupBy!: SalesGrouping;

  @Field(() => ID, { nullable: true, description: 'Only this store.' })
  storeId?: string | null;
}

@Resolver()
export class SalesReportResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => [SalesBucketType], {
    nullable: true,
    description: 'What was sold and given back in some days, added up in groups.',
  })
  @Access('READ_SALES')
  async salesReport(
    @Ctx() { caller }: ApiContext,
    @Args(() => SalesReportArgs) { from, to, groupBy, storeId }: SalesReportArgs,
  ): Promise<SalesBucketType[]> {
    const buckets = await salesReport(this.domain.database, caller, {
      ...{ from, to, groupBy },
      ...given({ storeId: uuidToMatch('Store', storeId) }),
    });
    return buckets.map((bucket) => toSalesBucket(bucket, groupBy));
  }
}

const NODE_OF = { STORE: 'Store', QR_CODE: 'QrCode' } as const;

function toSalesBucket(bucket: Bucket, groupBy: SalesGrouping): SalesBucketType {
  const { key, label, currency, count } = bucket;
  const isRecord = groupBy === 'STORE' || groupBy === 'QR_CODE';
  const money = (minor: bigint): string => formatAmount({ minor, currency });
  return made(SalesBucketType, {
    key: isRecord && key !== '' ? encodeNodeId(NODE_OF[groupBy], key) : key,
    ...{ label, currency, count },
    gross: money(bucket.grossMinor),
    refunded: money(bucket.refundedMinor),
    net: money(bucket.netMinor),
  });
}
