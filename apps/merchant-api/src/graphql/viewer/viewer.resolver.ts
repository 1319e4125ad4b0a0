import { Ctx, FieldResolver, Query, Resolver } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { toMoney } from '../money/money.type';
import { StoreNode, toStoreNode } from '../store/store.type';
import { Viewer } from './viewer.type';
import { made } from '../made';

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { nullable: true, description: 'Who you are to this API.' })
  @Access('READ_SALES')
  viewer(@Ctx() { caller }: ApiContext): Viewer {
    const { subject, role, refundLimit } = caller;
    return made(Viewer, { subject, role, refundLimit: refundLimit && toMoney(refundLimit) });
  }

  @FieldResolver(() => [StoreNode], {
    nullable: true,
    description: 'The stores they are limited to; null means all of them.',
  })
  async stores(@Ctx() { caller, loaders }: ApiContext): Promise<StoreNode[] | null> {
    if (caller.storeIds === null) return null;

    const stores = await loaders.stores.loadMany(caller.storeIds);
    return stores.flatMap((store) => {
      if (store instanceof Error) throw store;
      return store === null ? [] : [toStoreNode(store)];
    });
  }
}
