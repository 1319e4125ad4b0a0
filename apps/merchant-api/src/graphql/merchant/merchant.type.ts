import { type Merchant, type MerchantType } from '@countersign/merchant-domain';
import { Field, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { type Connection, PageInfo } from '../page';
import { DateTime } from '../scalars/borrowed-scalars';
import { UserError } from '../user-error.type';
import { made } from '../made';

export const MerchantTypeWords = describedEnum<MerchantType>(
  'MerchantType',
  'What kind of business a merchant is, in the words of its registration.',
  {
    INDIVIDUAL: 'One person who trades under their own name.',
    ENTERPRISE: 'A company.',
  },
);

@ObjectType('Merchant', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'Whose name a customer reads in the wallet. To Alipay this is the secondary merchant, below the one account that this API works for.',
})
@Scoped('CALLER')
export class MerchantNode extends NodeType {
  readonly uuid!: string;

  @Field(() => String, {
    description: 'The id you chose for it, which Alipay knows as `secondary_merchant_id`.',
  })
  alipayMerchantId!: string;

  @Field(() => String, { description: 'The name that customers see when they pay.' })
  name!: string;

  @Field(() => MerchantTypeWords, { description: 'A person or a company.' })
  type!: MerchantType;

  @Field(() => String, {
    description: 'What it sells: the merchant category code, four digits, for instance "5812".',
  })
  industry!: string;

  @Field(() => DateTime, { description: 'When it was registered here.' })
  createdAt!: Date;
}

@ObjectType('MerchantEdge', {
  simpleResolvers: true,
  description: 'A merchant and its place in the list.',
})
@Scoped('PARENT')
export class MerchantEdge {
  @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
  cursor!: string;

  @Field(() => MerchantNode, { description: 'The merchant.' })
  node!: MerchantNode;
}

@ObjectType('MerchantConnection', {
  simpleResolvers: true,
  description: 'A page of merchants, newest first.',
})
@Scoped('PARENT')
export class MerchantConnection implements Connection<MerchantNode> {
  @Field(() => [MerchantEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: MerchantEdge[];

  @Field(() => [MerchantNode], { description: 'The page, for those who need no cursors.' })
  nodes!: MerchantNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;

  @Field(() => Int, { description: 'How many there are in all; counted only when asked for.' })
  totalCount!: () => Promise<number>;
}

@ObjectType('MerchantPayload', {
  simpleResolvers: true,
  description: 'What came of a change to a merchant.',
})
@Scoped('PARENT')
export class MerchantPayload {
  @Field(() => MerchantNode, {
    nullable: true,
    description: 'The merchant; null when it was refused.',
  })
  merchant?: MerchantNode | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was done.' })
  userErrors!: UserError[];
}

export function toMerchantNode(merchant: Merchant): MerchantNode {
  return made(MerchantNode, {
    id: encodeNodeId('Merchant', merchant.id),
    uuid: merchant.id,
    alipayMerchantId: merchant.alipayMerchantId,
    name: merchant.name,
    type: merchant.type,
    industry: merchant.industry,
    createdAt: merchant.createdAt,
  });
}
