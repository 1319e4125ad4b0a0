import {
  type Domain,
  findApiKey,
  findDiscrepancy,
  findEvent,
  findGatewayCall,
  findNotification,
} from '@countersign/merchant-domain';
import { GraphQLError } from 'graphql';
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';

import { Access } from '../access';
import { toApiKeyNode } from '../api-key/api-key.type';
import { type ApiContext } from '../context';
import { toTransactionEventNode } from '../event/transaction-event.type';
import { toGatewayCallNode } from '../gateway-call/gateway-call.type';
import { toMerchantNode } from '../merchant/merchant.type';
import { decodeNodeId, type NodeType as NodeTypeName } from '../node-id';
import { toNotificationNode } from '../notification/notification.type';
import { toQrCodeNode } from '../qr-code/qr-code.type';
import { toRefundNode } from '../refund/refund.type';
import { toDiscrepancyNode } from '../statement/discrepancy.type';
import { toStatementNode } from '../statement/statement.type';
import { toStoreNode } from '../store/store.type';
import { toTransactionNode } from '../transaction/transaction.type';
import { NodeType } from './node.type';

type Find = (context: ApiContext, uuid: string) => Promise<NodeType | null>;

const nodeIdsMax = 100;

@Resolver()
export class NodeResolver {
  private readonly find: Readonly<Record<NodeTypeName, Find>>;

  constructor(domain: Domain) {
    this.find = findersOf(domain);
  }

  @Query(() => NodeType, {
    nullable: true,
    description: 'Any record by its id; null when there is none, or none that you may see.',
  })
  @Access('READ_SALES')
  async node(
    @Ctx() context: ApiContext,
    @Arg('id', () => ID, { description: 'The id of any record.' }) id: string,
  ): Promise<NodeType | null> {
    const name = decodeNodeId(id);
    return name === null ? null : this.find[name.type](context, name.uuid);
  }

  @Query(() => [NodeType], {
    nullable: 'itemsAndList',
    description: 'Several records by their ids, in that order; null for each that is not there.',
  })
  @Access('READ_SALES')
  nodes(
    @Ctx() context: ApiContext,
    @Arg('ids', () => [ID], { description: `The ids, at most ${nodeIdsMax}.` }) ids: string[],
  ): Promise<NodeType | null>[] {
    if (ids.length > nodeIdsMax) {
      throw new GraphQLError(`Ask for at most ${nodeIdsMax} nodes at a time.`, {
        extensions: { code: 'BAD_USER_INPUT' },
      });
    }
    // Each for itself: one that the caller may not read takes no other with it.
    return ids.map((id) => this.node(context, id));
  }
}

function findersOf({ database, now }: Domain): Readonly<Record<NodeTypeName, Find>> {
  return {
    Merchant: async ({ loaders }, id) => orNull(await loaders.merchants.load(id), toMerchantNode),
    Store: async ({ loaders }, id) => orNull(await loaders.stores.load(id), toStoreNode),
    QrCode: async ({ loaders }, id) => orNull(await loaders.qrCodes.load(id), toQrCodeNode),
    Transaction: async ({ loaders }, id) =>
      orNull(await loaders.transactions.load(id), (found) => toTransactionNode(found, now())),
    Refund: async ({ loaders }, id) => orNull(await loaders.refunds.load(id), toRefundNode),
    TransactionEvent: async ({ caller }, id) =>
      orNull(await findEvent(database, caller, { id }), toTransactionEventNode),
    Notification: async ({ caller }, id) =>
      orNull(await findNotification(database, caller, { id }), toNotificationNode),
    Statement: async ({ loaders }, id) =>
      orNull(await loaders.statements.load(id), toStatementNode),
    Discrepancy: async ({ caller }, id) =>
      orNull(await findDiscrepancy(database, caller, { id }), toDiscrepancyNode),
    GatewayCall: async ({ caller }, id) =>
      orNull(await findGatewayCall(database, caller, { id }), toGatewayCallNode),
    ApiKey: async ({ caller }, id) =>
      orNull(await findApiKey(database, caller, { id }), toApiKeyNode),
  };
}

function orNull<Row, Node>(row: Row | null, toNode: (row: Row) => Node): Node | null {
  return row === null ? null : toNode(row);
}
