import { type Domain, type QrCode } from '@countersign/merchant-domain';
import { Arg, Ctx, ID, Resolver, type ResolverData, Root, Subscription } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { createLoaders } from '../loaders';
import { uuidToMatch } from '../node-id';
import { QrCodeNode, toQrCodeNode } from './qr-code.type';

@Resolver()
export class QrCodeSubscriptions {
  constructor(private readonly domain: Domain) {}

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
    context.loaders = createLoaders(this.domain.database, context.caller);
    return toQrCodeNode(qrCode);
  }
}

async function follow({
  args,
  context,
}: Pick<ResolverData, 'args' | 'context'>): Promise<AsyncIterableIterator<QrCode>> {
  const { live, caller } = context as ApiContext;
  const { storeId } = args as { storeId?: string | null };
  return live.followQrCodes({
    caller,
    ...given({ storeId: uuidToMatch('Store', storeId) }),
  });
}
