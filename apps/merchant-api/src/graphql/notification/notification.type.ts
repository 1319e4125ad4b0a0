import { maskFields } from '@countersign/alipay-services';
import { type Notification, type NotificationStatus } from '@countersign/merchant-domain';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { type Connection, PageInfo } from '../page';
import { DateTime, JSONObject } from '../scalars/borrowed-scalars';
import { UserError } from '../user-error.type';
import { made } from '../made';

export const NotificationStatusWords = describedEnum<NotificationStatus>(
  'NotificationStatus',
  'What became of a message of Alipay.',
  {
    RECEIVED: 'Verified and kept; about to be applied.',
    APPLIED:
      'Our books say what it said; what they contradict of a refund in it is told as DISCREPANCY_FOUND.',
    QUARANTINED: 'Verified, but not applied: `reason` says what does not fit.',
    REFUSED: 'It did not verify. Its bytes are kept for a while, in case our key was wrong.',
  },
);

@ObjectType('Notification', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'One message that Alipay posted to us.',
})
@Scoped('CALLER')
export class NotificationNode extends NodeType {
  readonly qrCodeUuid!: string | null;
  readonly transactionUuid!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Alipay's id of the message (`notify_id`); null when it could not be read.",
  })
  notifyId!: string | null;

  @Field(() => NotificationStatusWords, { description: 'What became of it.' })
  status!: NotificationStatus;

  @Field(() => String, {
    nullable: true,
    description: 'Why it is in quarantine or was refused, for a person; null when it is neither.',
  })
  reason!: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'What it says, masked; null when it could not be read.',
  })
  fields!: Record<string, string> | null;

  @Field(() => DateTime, { description: 'When it arrived.' })
  receivedAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was applied; null while it is not.',
  })
  appliedAt!: Date | null;
}

@ObjectType('NotificationEdge', {
  simpleResolvers: true,
  description: 'A message and its place in the list.',
})
@Scoped('PARENT')
export class NotificationEdge {
  @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
  cursor!: string;

  @Field(() => NotificationNode, { description: 'The message.' })
  node!: NotificationNode;
}

@ObjectType('NotificationConnection', {
  simpleResolvers: true,
  description: 'A page of messages, newest first.',
})
@Scoped('PARENT')
export class NotificationConnection implements Connection<NotificationNode> {
  @Field(() => [NotificationEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: NotificationEdge[];

  @Field(() => [NotificationNode], { description: 'The page, for those who need no cursors.' })
  nodes!: NotificationNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;
}

@InputType('NotificationInput', { description: 'Which message it is about.' })
export class NotificationInput {
  @Field(() => ID, { description: 'The message.' })
  notificationId!: string;
}

@ObjectType('NotificationPayload', {
  simpleResolvers: true,
  description: 'What came of a message that was applied again.',
})
@Scoped('PARENT')
export class NotificationPayload {
  @Field(() => NotificationNode, { nullable: true, description: 'The message as it stands now.' })
  notification?: NotificationNode | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}

@ObjectType('ReverifyPayload', {
  simpleResolvers: true,
  description: 'What came of the messages that had been refused.',
})
@Scoped('PARENT')
export class ReverifyPayload {
  @Field(() => Int, { description: 'How many verify now, and are being applied.' })
  accepted!: number;

  @Field(() => Int, { description: 'How many still do not.' })
  stillRefused!: number;

  @Field(() => [UserError], { description: 'Why nothing was done; empty when it was.' })
  userErrors!: UserError[];
}

export function toNotificationNode(notification: Notification): NotificationNode {
  return made(NotificationNode, {
    id: encodeNodeId('Notification', notification.id),
    qrCodeUuid: notification.qrCodeId,
    transactionUuid: notification.transactionId,
    notifyId: notification.notifyId,
    status: notification.status,
    reason: notification.reason,
    fields: notification.fields && maskFields(notification.fields),
    receivedAt: notification.receivedAt,
    appliedAt: notification.appliedAt,
  });
}
