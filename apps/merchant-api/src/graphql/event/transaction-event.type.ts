import {
  eventCursor,
  type TransactionEvent,
  type TransactionEventType,
  type TransactionStatus,
} from '@countersign/merchant-domain';
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { MoneyType, toMoneyOrNull } from '../money/money.type';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { PageInfo } from '../page';
import { DateTime, JSONObject } from '../scalars/borrowed-scalars';
import { TransactionStatusWords } from '../transaction/transaction.type';
import { made } from '../made';

export const TransactionEventTypeWords = describedEnum<TransactionEventType>(
  'TransactionEventType',
  'What happened to a payment.',
  {
    PAYMENT_RECEIVED: 'The customer paid. This happens once to each payment.',
    STORE_LEARNED:
      'It became known at which store and code it was paid, after it was known to be paid.',
    CODE_LEARNED:
      'It became known with which code of its store it was paid, after it was known to be paid.',
    TIME_LEARNED:
      'Of a payment of which nobody had told when it was paid, the day is another one than it was taken for; `occurredAt` says when it was.',
    STATUS_CHANGED: 'Alipay told of another state.',
    CLAIMED: 'It was claimed for a sale.',
    REFUND_REQUESTED: 'A refund was asked for.',
    REFUND_SUCCEEDED: 'A refund was made.',
    REFUND_FAILED:
      'A refund was not made, by a certain answer of Alipay, or by the word of a person.',
    CANCEL_REQUESTED: 'A cancel was asked for.',
    CANCELLED: 'It was undone as a whole.',
    CANCEL_FAILED: 'It was not cancelled, for certain.',
    RECONCILED: 'A statement of Alipay confirmed it.',
    DISCREPANCY_FOUND: 'What Alipay says and what our books say differ.',
  },
);

@ObjectType('TransactionEvent', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'One thing that happened to a payment. Events are never changed.',
})
@Scoped('CALLER')
export class TransactionEventNode extends NodeType {
  readonly transactionUuid!: string;
  readonly refundUuid!: string | null;

  @Field(() => String, {
    description:
      'Its place among all events. Pass it as `after`, to a timeline or to a subscription, to go on from here.',
  })
  cursor!: string;

  @Field(() => TransactionEventTypeWords, { description: 'What happened.' })
  type!: TransactionEventType;

  @Field(() => DateTime, {
    description: "When it happened: Alipay's time where it gave one.",
  })
  occurredAt!: Date;

  @Field(() => DateTime, { description: 'When we put it on record.' })
  recordedAt!: Date;

  @Field(() => TransactionStatusWords, { description: 'Where the payment stood after it.' })
  status!: TransactionStatus;

  @Field(() => MoneyType, {
    nullable: true,
    description:
      'The amount of the payment or refund that it is about; null when it is about no amount.',
  })
  amount!: MoneyType | null;

  @Field(() => String, {
    description: 'Who did it: "alipay", "worker", "reconciliation", or the subject of a caller.',
  })
  actor!: string;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'More about it, in names that depend on the type; null where there is no more to say.',
  })
  detail!: Record<string, unknown> | null;
}

@ObjectType('TransactionEventEdge', {
  simpleResolvers: true,
  description: 'An event and its place in the timeline.',
})
@Scoped('PARENT')
export class TransactionEventEdge {
  @Field(() => String, { description: 'Its place: pass it as `after`.' })
  cursor!: string;

  @Field(() => TransactionEventNode, { description: 'The event.' })
  node!: TransactionEventNode;
}

@ObjectType('TransactionEventConnection', {
  simpleResolvers: true,
  description: 'A page of a timeline, oldest first.',
})
@Scoped('PARENT')
export class TransactionEventConnection {
  @Field(() => [TransactionEventEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: TransactionEventEdge[];

  @Field(() => [TransactionEventNode], {
    description: 'The page, for those who need no cursors.',
  })
  nodes!: TransactionEventNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the timeline.' })
  pageInfo!: PageInfo;
}

@ArgsType()
export class TimelineArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description: 'How many, from the beginning or after `after`: 1 to 100.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what happened after this cursor.' })
  after?: string | null;
}

export function toTransactionEventNode(event: TransactionEvent): TransactionEventNode {
  return made(TransactionEventNode, {
    id: encodeNodeId('TransactionEvent', event.id),
    transactionUuid: event.transactionId,
    refundUuid: event.refundId,
    cursor: eventCursor(event),
    type: event.type,
    occurredAt: event.occurredAt,
    recordedAt: event.recordedAt,
    status: event.status,
    amount: toMoneyOrNull(event.amountMinor, event.currency),
    actor: event.actor,
    detail: event.detail,
  });
}
