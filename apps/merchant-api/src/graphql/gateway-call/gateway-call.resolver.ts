import { type Domain, gatewayCallsPage } from '@countersign/merchant-domain';
import { Args, ArgsType, Ctx, Field, ID, Query, Resolver } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { made } from '../made';
import { uuidToMatch } from '../node-id';
import { PageArgs, toConnection } from '../page';
import { GatewayCallConnection, toGatewayCallNode } from './gateway-call.type';

@ArgsType()
class GatewayCallsArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Only calls about this payment.' })
  transactionId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Only calls to this service, by Alipay's name of it.",
  })
  service?: string | null;
}

@Resolver()
export class GatewayCallResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => GatewayCallConnection, {
    nullable: true,
    description: 'The calls to Alipay, newest first: what was asked, what came back.',
  })
  @Access('READ_OPERATIONS')
  async gatewayCalls(
    @Ctx() { caller }: ApiContext,
    @Args(() => GatewayCallsArgs) { transactionId, service, ...page }: GatewayCallsArgs,
  ): Promise<GatewayCallConnection> {
    const found = await gatewayCallsPage(this.domain.database, caller, {
      page: given(page),
      ...given({ transactionId: uuidToMatch('Transaction', transactionId), service }),
    });
    return made(GatewayCallConnection, toConnection(found, toGatewayCallNode));
  }
}
