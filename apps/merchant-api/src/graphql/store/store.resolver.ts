import {
  countQrCodes,
  countStores,
  type Domain,
  findStore,
  qrCodesPage,
  registerStore,
  storesPage,
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
import { MerchantNode, toMerchantNode } from '../merchant/merchant.type';
import { uuidOf, uuidToMatch } from '../node-id';
import { PageArgs, toConnection } from '../page';
import { QrCodeConnection, toQrCodeNode } from '../qr-code/qr-code.type';
import { TransactionsArgs } from '../transaction/transaction.input';
import { TransactionConnection } from '../transaction/transaction.type';
import { transactionsOf } from '../transaction/transactions-of';
import { noSuchId, userErrorsOf } from '../user-error.type';
import { RegisterStoreInput } from './store.input';
import { StoreConnection, StoreNode, StorePayload, toStoreNode } from './store.type';
import { made } from '../made';

@ArgsType()
class StoresArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'Only stores whose name, shop or Alipay id holds this text.',
  })
  search?: string | null;
}

@Resolver(() => StoreNode)
export class StoreResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => StoreNode, {
    nullable: true,
    description: 'One store, by its id or by its merchant and the id Alipay knows it under.',
  })
  @Access('READ_SALES')
  async store(
    @Ctx() { caller }: ApiContext,
    @Arg('id', () => ID, { nullable: true, description: 'Its node id.' }) id?: string,
    @Arg('merchantId', () => ID, {
      nullable: true,
      description: 'Its merchant, together with `alipayStoreId`.',
    })
    merchantId?: string,
    @Arg('alipayStoreId', () => String, {
      nullable: true,
      description: 'Its `store_id`, together with `merchantId`.',
    })
    alipayStoreId?: string,
  ): Promise<StoreNode | null> {
    const found = await findStore(
      this.domain.database,
      caller,
      given({
        id: uuidToMatch('Store', id),
        merchantId: uuidToMatch('Merchant', merchantId),
        alipayStoreId,
      }),
    );
    return found && toStoreNode(found);
  }

  @Query(() => StoreConnection, {
    nullable: true,
    description: 'The stores you may see, newest first.',
  })
  @Access('READ_SALES')
  async stores(
    @Ctx() { caller }: ApiContext,
    @Args(() => StoresArgs) { search, ...page }: StoresArgs,
  ): Promise<StoreConnection> {
    const { database } = this.domain;
    const filter = given({ search });
    const found = await storesPage(database, caller, { page: given(page), ...filter });
    return made(StoreConnection, {
      ...toConnection(found, toStoreNode),
      totalCount: () => countStores(database, caller, filter),
    });
  }

  @FieldResolver(() => MerchantNode, { description: 'The merchant it belongs to.' })
  async merchant(
    @Root() store: StoreNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<MerchantNode | null> {
    const merchant = await loaders.merchants.load(store.merchantUuid);
    return merchant && toMerchantNode(merchant);
  }

  @FieldResolver(() => QrCodeConnection, {
    description: 'Its codes, newest first; deleted and rejected ones too.',
  })
  async qrCodes(
    @Root() store: StoreNode,
    @Ctx() { caller }: ApiContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<QrCodeConnection> {
    const { database } = this.domain;
    const filter = { storeId: store.uuid };
    const found = await qrCodesPage(database, caller, { page: given(page), ...filter });
    return made(QrCodeConnection, {
      ...toConnection(found, toQrCodeNode),
      totalCount: () => countQrCodes(database, caller, filter),
    });
  }

  @FieldResolver(() => TransactionConnection, {
    description: 'The payments made there, newest first.',
  })
  async transactions(
    @Root() store: StoreNode,
    @Ctx() { caller }: ApiContext,
    @Args(() => TransactionsArgs) args: TransactionsArgs,
  ): Promise<TransactionConnection> {
    return transactionsOf(this.domain, caller, args, { storeId: store.uuid });
  }

  @Mutation(() => StorePayload, {
    nullable: true,
    description:
      'Registers a store of a merchant. The same id with the same content again returns the store that is there.',
  })
  @Access('REGISTER')
  @InputRules()
  async registerStore(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => RegisterStoreInput, { description: 'The store.' })
    input: RegisterStoreInput,
  ): Promise<StorePayload> {
    const merchantId = uuidOf('Merchant', input.merchantId);
    if (merchantId === null)
      return made(StorePayload, { userErrors: [noSuchId('merchantId', 'Merchant')] });

    const { shop, alipayStoreId, name, countryCode, address } = input;
    const result = await registerStore(this.domain, {
      caller,
      merchantId,
      alipayStoreId,
      name,
      countryCode,
      address,
      ...given({ shop }),
    });
    return made(StorePayload, {
      store: 'store' in result ? toStoreNode(result.store) : null,
      userErrors: userErrorsOf(result),
    });
  }
}
