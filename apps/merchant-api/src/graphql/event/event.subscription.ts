import {
  type Domain,
  placeOfCursor,
  type TransactionEventType,
} from '@countersign/merchant-domain';
import {
  Args,
  ArgsType,
  Ctx,
  Field,
  ID,
  Resolver,
  type ResolverData,
  Root,
  Subscription,
} from 'type-graphql';

import { type EventStream } from '../../events/follow-events';
import { type LiveEvent } from '../../events/share-replays';
import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { createSharedLoaders } from '../shared-loaders';
import { uuidToMatch } from '../node-id';
import {
  toTransactionEventNode,
  TransactionEventNode,
  TransactionEventTypeWords,
} from './transaction-event.type';

const AFTER =
  'The last cursor you saw. Everything recorded since is delivered first, in order and once, and then the stream goes on live. Left out, the stream begins now; `latestEventCursor` says where that is, for one who wants to be sure of the first event. The error CURSOR_EXPIRED means that it is older than what is kept, or of another database: begin anew, and read the list.';

@ArgsType()
class PaymentReceivedArgs {
  @Field(() => ID, {
    nullable: true,
    description: 'Only payments at this store; FORBIDDEN for a store that you may not see.',
  })
  storeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only payments with this code.' })
  qrCodeId?: string | null;

  @Field(() => String, { nullable: true, description: AFTER })
  after?: string | null;
}

@ArgsType()
class TransactionEventsArgs {
  @Field(() => ID, {
    nullable: true,
    description:
      'Only events of payments at this store; FORBIDDEN for a store that you may not see.',
  })
  storeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only events of payments with this code.' })
  qrCodeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only events of this payment.' })
  transactionId?: string | null;

  @Field(() => [TransactionEventTypeWords], {
    nullable: true,
    description: 'Only events of these types.',
  })
  types?: TransactionEventType[] | null;

  @Field(() => String, { nullable: true, description: AFTER })
  after?: string | null;
}

@Resolver()
export class EventSubscriptions {
  private readonly loadersOf;

  constructor({ database }: Domain) {
    this.loadersOf = createSharedLoaders(database);
  }

  @Subscription(() => TransactionEventNode, {
    description:
      'Each payment as it is made. One that was known before its store is told to that store once it is known, as STORE_LEARNED; who hears of all stores has heard of it. One of which only the code was not known is told to those who ask with `qrCodeId`, as CODE_LEARNED; each of them hears of a payment once. Only one whose store turns out to be another is told once more to who sees both, as STORE_LEARNED: go by its id. A client that reconnects with the last cursor it saw misses none.',
    subscribe: (asked) => follow(asked, paymentTypes(asked)),
  })
  @Access('READ_SALES')
  paymentReceived(
    @Root() live: LiveEvent,
    @Ctx() context: ApiContext,
    @Args(() => PaymentReceivedArgs) _: PaymentReceivedArgs,
  ): TransactionEventNode {
    return this.deliver(live, context);
  }

  @Subscription(() => TransactionEventNode, {
    description:
      'Everything that happens to payments, as it happens. A client that reconnects with the last cursor it saw misses nothing.',
    subscribe: (asked) => follow(asked),
  })
  @Access('READ_SALES')
  transactionEvents(
    @Root() live: LiveEvent,
    @Ctx() context: ApiContext,
    @Args(() => TransactionEventsArgs) _: TransactionEventsArgs,
  ): TransactionEventNode {
    return this.deliver(live, context);
  }

  private deliver({ event, together }: LiveEvent, context: ApiContext): TransactionEventNode {
    context.loaders = this.loadersOf(together, context.caller);
    return toTransactionEventNode(event);
  }
}

/**
 * Who asks for less than everything could not see a payment of which the store was not known, and who
 * asks for one code none of which only the store was known. The others have had that one.
 */
function paymentTypes({
  args,
  context,
}: Pick<ResolverData, 'args' | 'context'>): TransactionEventType[] {
  const { storeId, qrCodeId } = args as PaymentReceivedArgs;
  const { caller } = context as ApiContext;
  if (qrCodeId != null) return ['PAYMENT_RECEIVED', 'STORE_LEARNED', 'CODE_LEARNED'];
  const seesAll = caller.storeIds === null && storeId == null;
  return seesAll ? ['PAYMENT_RECEIVED'] : ['PAYMENT_RECEIVED', 'STORE_LEARNED'];
}

async function follow(
  { args, context }: Pick<ResolverData, 'args' | 'context'>,
  types?: TransactionEventType[],
): Promise<EventStream> {
  const { live, caller } = context as ApiContext;
  const asked = args as TransactionEventsArgs;
  return live.followEvents({
    caller,
    ...given({
      after: asked.after == null ? undefined : placeOfCursor(asked.after),
      storeId: uuidToMatch('Store', asked.storeId),
      qrCodeId: uuidToMatch('QrCode', asked.qrCodeId),
      transactionId: uuidToMatch('Transaction', asked.transactionId),
      types: types ?? asked.types,
    }),
  });
}
