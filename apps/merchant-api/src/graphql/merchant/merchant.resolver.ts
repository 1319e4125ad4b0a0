import {
  countMerchants,
  type Domain,
  findMerchant,
  merchantsPage,
  registerMerchant,
  storesPage,
  countStores,
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
import { uuidToMatch } from '../node-id';
import { PageArgs, toConnection } from '../page';
import { StoreConnection, toStoreNode } from '../store/store.type';
import { userErrorsOf } from '../user-error.type';
import { RegisterMerchantInput } from './merchant.input';
import { MerchantConnection, MerchantNode, MerchantPayload, toMerchantNode } from './merchant.type';
import { made } from '../made';

@ArgsType()
class MerchantsArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'Only merchants whose name or Alipay id holds this text.',
  })
  search?: string | null;
}

@Resolver(() => MerchantNode)
export class MerchantResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => MerchantNode, {
    nullable: true,
    description: 'One merchant, by its id or by the id Alipay knows it under.',
  })
  @Access('READ_SALES')
  async merchant(
    @Ctx() { caller }: ApiContext,
    @Arg('id', () => ID, { nullable: true, description: 'Its node id.' }) id?: string,
    @Arg('alipayMerchantId', () => String, {
      nullable: true,
      description: 'Its `secondary_merchant_id`.',
    })
    alipayMerchantId?: string,
  ): Promise<MerchantNode | null> {
    const found = await findMerchant(
      this.domain.database,
      caller,
      given({ id: uuidToMatch('Merchant', id), alipayMerchantId }),
    );
    return found && toMerchantNode(found);
  }

  @Query(() => MerchantConnection, {
    nullable: true,
    description: 'The merchants you may see, newest first.',
  })
  @Access('READ_SALES')
  async merchants(
    @Ctx() { caller }: ApiContext,
    @Args(() => MerchantsArgs) { search, ...page }: MerchantsArgs,
  ): Promise<MerchantConnection> {
    const { database } = this.domain;
    const filter = given({ search });
    const found = await merchantsPage(database, caller, { page: given(page), ...filter });
    return made(MerchantConnection, {
      ...toConnection(found, toMerchantNode),
      totalCount: () => countMerchants(database, caller, filter),
    });
  }

  @FieldResolver(() => StoreConnection, { description: 'Its stores, newest first.' })
  async stores(
    @Root() merchant: MerchantNode,
    @Ctx() { caller }: ApiContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<StoreConnection> {
    const { database } = this.domain;
    const filter = { merchantId: merchant.uuid };
    const found = await storesPage(database, caller, { page: given(page), ...filter });
    return made(StoreConnection, {
      ...toConnection(found, toStoreNode),
      totalCount: () => countStores(database, caller, filter),
    });
  }

  @Mutation(() => MerchantPayload, {
    nullable: true,
    description:
      'Registers a merchant. The same id with the same content again returns the merchant that is there.',
  })
  @Access('REGISTER')
  @InputRules()
  async registerMerchant(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => RegisterMerchantInput, { description: 'The merchant.' })
    input: RegisterMerchantInput,
  ): Promise<MerchantPayload> {
    const { alipayMerchantId, name, type, industry } = input;
    const result = await registerMerchant(this.domain, {
      caller,
      alipayMerchantId,
      name,
      type,
      industry,
    });
    return made(MerchantPayload, {
      merchant: 'merchant' in result ? toMerchantNode(result.merchant) : null,
      userErrors: userErrorsOf(result),
    });
  }
}
