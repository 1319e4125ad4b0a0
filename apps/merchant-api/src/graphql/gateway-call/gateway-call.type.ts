import { type GatewayCall, type GatewayOutcome } from '@countersign/merchant-domain';
import { Field, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { type Connection, PageInfo } from '../page';
import { DateTime, JSONObject } from '../scalars/borrowed-scalars';
import { made } from '../made';

const GatewayOutcomeWords = describedEnum<GatewayOutcome>(
  'GatewayOutcome',
  'What a call to Alipay came to.',
  {
    SUCCEEDED: 'A signed yes.',
    REJECTED: 'A definite no: nothing was done.',
    UNKNOWN: 'No certain answer: it may have been done or not.',
  },
);

@ObjectType('GatewayCall', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'One call to Alipay, kept for support and audit; secrets and customers are masked.',
})
@Scoped('CALLER')
export class GatewayCallNode extends NodeType {
  @Field(() => String, {
    description: "Alipay's name of the service, for instance alipay.acquire.overseas.query.",
  })
  service!: string;

  @Field(() => GatewayOutcomeWords, { description: 'What it came to.' })
  outcome!: GatewayOutcome;

  @Field(() => String, {
    nullable: true,
    description: "Alipay's code, for instance TRADE_NOT_EXIST; null when it gave none.",
  })
  alipayCode!: string | null;

  @Field(() => DateTime, { description: 'When it was sent.' })
  startedAt!: Date;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  durationMs!: number;

  @Field(() => JSONObject, { description: 'What was sent, masked.' })
  request!: Record<string, string>;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'What came back, masked; null when nothing came that can be believed.',
  })
  response!: Record<string, string> | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Whose request made us ask: a caller\'s subject, or "worker"; null for old calls, of before it was kept.',
  })
  actor!: string | null;
}

@ObjectType('GatewayCallEdge', {
  simpleResolvers: true,
  description: 'A call and its place in the list.',
})
@Scoped('PARENT')
export class GatewayCallEdge {
  @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
  cursor!: string;

  @Field(() => GatewayCallNode, { description: 'The call.' })
  node!: GatewayCallNode;
}

@ObjectType('GatewayCallConnection', {
  simpleResolvers: true,
  description: 'A page of calls, newest first.',
})
@Scoped('PARENT')
export class GatewayCallConnection implements Connection<GatewayCallNode> {
  @Field(() => [GatewayCallEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: GatewayCallEdge[];

  @Field(() => [GatewayCallNode], { description: 'The page, for those who need no cursors.' })
  nodes!: GatewayCallNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;
}

export function toGatewayCallNode(call: GatewayCall): GatewayCallNode {
  return made(GatewayCallNode, {
    id: encodeNodeId('GatewayCall', call.id),
    service: call.service,
    outcome: call.outcome,
    alipayCode: call.alipayCode,
    startedAt: call.startedAt,
    durationMs: call.durationMs,
    request: call.request,
    response: call.response,
    actor: call.actor,
  });
}
