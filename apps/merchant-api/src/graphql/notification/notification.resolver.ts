import { type Verifier } from '@countersign/alipay-protocol';
import {
  type Domain,
  notificationsPage,
  type NotificationStatus,
  replayNotification,
  reverifyNotifications,
} from '@countersign/merchant-domain';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { InputRules } from '../input-rules';
import { uuidOf, uuidToMatch } from '../node-id';
import { PageArgs, toConnection } from '../page';
import { QrCodeNode, toQrCodeNode } from '../qr-code/qr-code.type';
import { toTransactionNode, TransactionNode } from '../transaction/transaction.type';
import { noSuchId, userErrorsOf } from '../user-error.type';
import {
  NotificationConnection,
  NotificationInput,
  NotificationNode,
  NotificationPayload,
  NotificationStatusWords,
  ReverifyPayload,
  toNotificationNode,
} from './notification.type';
import { made } from '../made';

@ArgsType()
class NotificationsArgs extends PageArgs {
  @Field(() => [NotificationStatusWords], {
    nullable: true,
    description: 'Only messages that this became of.',
  })
  statuses?: NotificationStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'Only messages about this payment.' })
  transactionId?: string | null;
}

@Resolver(() => NotificationNode)
export class NotificationResolver {
  constructor(
    private readonly domain: Domain,
    private readonly notifyVerifier: Verifier,
  ) {}

  @Query(() => NotificationConnection, {
    nullable: true,
    description: 'What Alipay posted to us, newest first.',
  })
  @Access('READ_OPERATIONS')
  async notifications(
    @Ctx() { caller }: ApiContext,
    @Args(() => NotificationsArgs) { statuses, transactionId, ...page }: NotificationsArgs,
  ): Promise<NotificationConnection> {
    const found = await notificationsPage(this.domain.database, caller, {
      page: given(page),
      ...given({ statuses, transactionId: uuidToMatch('Transaction', transactionId) }),
    });
    return made(NotificationConnection, toConnection(found, toNotificationNode));
  }

  @FieldResolver(() => QrCodeNode, {
    nullable: true,
    description: 'The code whose secret address it was posted to; null when it came without one.',
  })
  async qrCode(
    @Root() { qrCodeUuid }: NotificationNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<QrCodeNode | null> {
    const qrCode = qrCodeUuid === null ? null : await loaders.qrCodes.load(qrCodeUuid);
    return qrCode && toQrCodeNode(qrCode);
  }

  @FieldResolver(() => TransactionNode, {
    nullable: true,
    description: 'The payment it was applied to; null while it was to none.',
  })
  async transaction(
    @Root() { transactionUuid }: NotificationNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<TransactionNode | null> {
    const transaction =
      transactionUuid === null ? null : await loaders.transactions.load(transactionUuid);
    return transaction && toTransactionNode(transaction, this.domain.now());
  }

  @Mutation(() => NotificationPayload, {
    nullable: true,
    description: 'Applies a message in quarantine once more, after its cause was mended.',
  })
  @Access('REPAIR')
  @InputRules()
  async replayNotification(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => NotificationInput, { description: 'The message.' })
    input: NotificationInput,
  ): Promise<NotificationPayload> {
    const notificationId = uuidOf('Notification', input.notificationId);
    if (notificationId === null) {
      return made(NotificationPayload, {
        userErrors: [noSuchId('notificationId', 'Notification')],
      });
    }

    const result = await replayNotification(this.domain, { caller, notificationId });
    return made(NotificationPayload, {
      notification:
        result.notification === undefined ? null : toNotificationNode(result.notification),
      userErrors: userErrorsOf(result),
    });
  }

  @Mutation(() => ReverifyPayload, {
    nullable: true,
    description:
      'Checks every refused message once more with the key of now, after a wrong key was corrected.',
  })
  @Access('KEEP_BOOKS')
  @InputRules()
  async reverifyNotifications(@Ctx() { caller }: ApiContext): Promise<ReverifyPayload> {
    const { accepted, stillRefused } = await reverifyNotifications(this.domain, {
      caller,
      verifier: this.notifyVerifier,
    });
    return made(ReverifyPayload, { accepted, stillRefused, userErrors: [] });
  }
}
