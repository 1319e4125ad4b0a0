import { type RegistrationStatus, type Store } from '@countersign/merchant-domain';
import { Field, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { type Connection, PageInfo } from '../page';
import { DateTime } from '../scalars/borrowed-scalars';
import { UserError } from '../user-error.type';
import { made } from '../made';

const RegistrationStatusWords = describedEnum<RegistrationStatus>(
  'RegistrationStatus',
  "Where a store stands in Alipay's registration of merchants and stores.",
  {
    UNREGISTERED: 'Not submitted yet. Codes can be created for it all the same.',
    UNDER_REVIEW: 'Submitted; Alipay has not decided.',
    REGISTERED: 'Accepted by Alipay.',
    MODIFICATION_REVIEW: 'Accepted before; a change is being decided.',
    REJECTED: 'Refused by Alipay, which gives its reason. No code can be created for it.',
    ARCHIVED: 'No longer in use at Alipay.',
  },
);

@ObjectType('Store', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'Where customers pay. To Alipay a store is one counter with at most two codes; a shop with five counters has five stores, which `shop` groups.',
})
@Scoped('CALLER')
export class StoreNode extends NodeType {
  readonly uuid!: string;
  readonly merchantUuid!: string;

  @Field(() => String, {
    description:
      'The id you chose for it, unique within its merchant, which Alipay knows as `store_id`.',
  })
  alipayStoreId!: string;

  @Field(() => String, { description: 'Its name, as Alipay shows it.' })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The shop this counter belongs to, for people and for totals. It is never sent to Alipay.',
  })
  shop!: string | null;

  @Field(() => String, { description: 'The country by two letters, for instance "HK".' })
  countryCode!: string;

  @Field(() => String, { nullable: true, description: 'Its street address.' })
  address!: string | null;

  @Field(() => RegistrationStatusWords, { description: "Its state in Alipay's registration." })
  registration!: RegistrationStatus;

  @Field(() => String, {
    nullable: true,
    description:
      'Why Alipay refused the registration, when it did; of a store that is REGISTERED, why it refused the last change.',
  })
  rejectReason!: string | null;

  @Field(() => Boolean, {
    description:
      'A registration was submitted, and it is not known yet whether Alipay received it. It is asked about, and sent again where needed, until it is.',
  })
  registrationPending!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Alipay's code, when it would not take what was submitted last; else null.",
  })
  registrationFailureCode!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the registration was submitted last; null when never from here.',
  })
  registrationSubmittedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: "Who submitted it last: a caller's subject; null when never from here.",
  })
  registrationSubmittedBy!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the background asks Alipay about the registration again; null when there is nothing to ask.',
  })
  registrationNextCheckAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was registered here.' })
  createdAt!: Date;
}

@ObjectType('StoreEdge', {
  simpleResolvers: true,
  description: 'A store and its place in the list.',
})
@Scoped('PARENT')
export class StoreEdge {
  @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
  cursor!: string;

  @Field(() => StoreNode, { description: 'The store.' })
  node!: StoreNode;
}

@ObjectType('StoreConnection', {
  simpleResolvers: true,
  description: 'A page of stores, newest first.',
})
@Scoped('PARENT')
export class StoreConnection implements Connection<StoreNode> {
  @Field(() => [StoreEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: StoreEdge[];

  @Field(() => [StoreNode], { description: 'The page, for those who need no cursors.' })
  nodes!: StoreNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;

  @Field(() => Int, { description: 'How many there are in all; counted only when asked for.' })
  totalCount!: () => Promise<number>;
}

@ObjectType('StorePayload', {
  simpleResolvers: true,
  description: 'What came of a change to a store.',
})
@Scoped('PARENT')
export class StorePayload {
  @Field(() => StoreNode, {
    nullable: true,
    description: 'The store; null when there is none, or it was refused.',
  })
  store?: StoreNode | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was done.' })
  userErrors!: UserError[];
}

export function toStoreNode(store: Store): StoreNode {
  return made(StoreNode, {
    id: encodeNodeId('Store', store.id),
    uuid: store.id,
    merchantUuid: store.merchantId,
    alipayStoreId: store.alipayStoreId,
    name: store.name,
    shop: store.shop,
    countryCode: store.countryCode,
    address: store.address,
    registration: store.registration,
    rejectReason: store.rejectReason,
    registrationPending: store.pendingRegistration !== null,
    registrationFailureCode: store.registrationFailureCode,
    registrationSubmittedAt: store.registrationSubmittedAt,
    registrationSubmittedBy: store.registrationSubmittedBy,
    registrationNextCheckAt: store.registrationCheckAt,
    createdAt: store.createdAt,
  });
}
