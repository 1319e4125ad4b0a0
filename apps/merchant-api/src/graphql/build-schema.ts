import 'reflect-metadata';
import { type Verifier } from '@countersign/alipay-protocol';
import { type Domain, type StatementFiles } from '@countersign/merchant-domain';
import { type GraphQLSchema, lexicographicSortSchema } from 'graphql';
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql';

import { ApiKeyResolver } from './api-key/api-key.resolver';
import { EventSubscriptions } from './event/event.subscription';
import { TransactionEventResolver } from './event/transaction-event.resolver';
import { GatewayCallResolver } from './gateway-call/gateway-call.resolver';
import { guardRootFields } from './guard-root-fields';
import { checkRules } from './input-rules';
import { MerchantResolver } from './merchant/merchant.resolver';
import { NodeResolver } from './node/node.resolver';
import { NotificationResolver } from './notification/notification.resolver';
import { QrCodeMutations } from './qr-code/qr-code.mutations';
import { QrCodeResolver } from './qr-code/qr-code.resolver';
import { QrCodeSubscriptions } from './qr-code/qr-code.subscription';
import { RefundResolver } from './refund/refund.resolver';
import { DiscrepancyResolver } from './statement/discrepancy.resolver';
import { StatementResolver } from './statement/statement.resolver';
import { UnsettledResolver } from './statement/unsettled.resolver';
import { SalesReportResolver } from './report/sales-report.resolver';
import { StoreRegistrationMutations } from './store/store-registration.mutations';
import { StoreResolver } from './store/store.resolver';
import { TransactionMutations } from './transaction/transaction.mutations';
import { TransactionResolver } from './transaction/transaction.resolver';
import { ViewerResolver } from './viewer/viewer.resolver';

export interface SchemaParts {
  readonly domain: Domain;
  readonly notifyVerifier: Verifier;
  /** Where daily files are fetched from; without it they are imported by hand. */
  readonly statementFiles?: StatementFiles | undefined;
}

/** The schema with its resolvers, each made by hand with what it needs. */
export function buildApiSchema({
  domain,
  notifyVerifier,
  statementFiles,
}: SchemaParts): GraphQLSchema {
  const resolvers: object[] = [
    new ApiKeyResolver(domain),
    new EventSubscriptions(domain),
    new GatewayCallResolver(domain),
    new MerchantResolver(domain),
    new NodeResolver(domain),
    new NotificationResolver(domain, notifyVerifier),
    new QrCodeMutations(domain),
    new QrCodeResolver(domain),
    new QrCodeSubscriptions(domain),
    new RefundResolver(domain),
    new DiscrepancyResolver(domain),
    new SalesReportResolver(domain),
    new StatementResolver(domain, statementFiles),
    new StoreRegistrationMutations(domain),
    new StoreResolver(domain),
    new TransactionEventResolver(domain),
    new TransactionMutations(domain),
    new TransactionResolver(domain),
    new UnsettledResolver(domain),
    new ViewerResolver(),
  ];
  const instances = new Map<object, object>(
    resolvers.map((resolver) => [resolver.constructor, resolver]),
  );
  const schema = lexicographicSortSchema(
    buildSchemaSync({
      resolvers: resolvers.map(({ constructor }) => constructor) as NonEmptyArray<NewableFunction>,
      orphanedTypes: [],
      container: { get: (resolverClass: object) => instances.get(resolverClass) },
      pubSub: NO_PUB_SUB,
      validateFn: checkRules,
      // It would introspect the whole schema; Apollo and the first operation check it anyway.
      skipCheck: true,
    }),
  );
  describeRoots(schema);
  guardRootFields(schema);
  return schema;
}

/** The library wants one wherever there are subscriptions; ours follow rows instead. */
const NO_PUB_SUB = {
  publish: (): never => {
    throw new Error('Nothing is published in passing: events are rows.');
  },
  subscribe: (): never => {
    throw new Error('Nothing is published in passing: events are rows.');
  },
};

function describeRoots(schema: GraphQLSchema): void {
  const sentences: readonly [
    { description: string | null | undefined } | null | undefined,
    string,
  ][] = [
    [
      schema.getQueryType(),
      'What can be read. Every field may be null on its own, so that one that fails takes no other answer with it.',
    ],
    [
      schema.getMutationType(),
      'What can be done. Expected refusals are in `userErrors`; a top-level error means that nothing can be said about what was done.',
    ],
    [
      schema.getSubscriptionType(),
      'What can be heard of as it happens: over a WebSocket (graphql-transport-ws) at /graphql, with the token as `authorization` in the `connectionParams` (the payload of `connection_init`), or by server-sent events at /graphql/stream, with the header.',
    ],
  ];
  for (const [type, description] of sentences) if (type) type.description = description;
}
