import { type Domain, type QrCode } from '@countersign/merchant-domain';
import { Arg, Ctx, ID, Resolver, type ResolverData, Root, Subscription } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { uuidToMatch } from '../node-id';
import { createSharedLoaders } from '../shared-loaders';
import { QrCodeNode, toQrCodeNode } from './qr-code.type';

@Resolver()
export class QrCodeSubscriptions {
  private readonly loadersOf;

  constructor({ database }: Domain) {
    this.loadersOf = createSharedLoaders(database);
  }

  @Subscription(() => QrCodeNode, {
    description:
      'Each code that changes, as it changes. It has no history: read the list again after reconnecting.',
    subscribe: follow,
  })
  @Access('READ_SALES')
  qrCodeChanged(
    @Root() qrCode: QrCode,
    @Ctx() context: ApiContext,
    @Arg('storeId', () => ID, { nullable: true, description: 'Only codes of this store.' })
    _?: string,
  ): QrCodeNode {
    context.loaders = this.loadersOf(qrCode, context.caller);
    return toQrCodeNode(qrCode);
  }
}

async function follow({
  args,
  context,
}: Pick<ResolverData, 'args' | 'context'>): Promise<AsyncIterableIterator<QrCode>> {
  const { live, caller, closeConnection } = context as ApiContext;
  const { storeId } = args as { storeId?: string | null };
  return live.followQrCodes({
    caller,
    closeConnection,
    ...given({ storeId: uuidToMatch('Store', storeId) }),
  });
}
