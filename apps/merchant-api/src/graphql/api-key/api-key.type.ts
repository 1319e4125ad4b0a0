import { type ApiKey, type Role } from '@countersign/merchant-domain';
import { Field, ID, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { made } from '../made';
import { MoneyType, toMoneyOrNull } from '../money/money.type';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { DateTime } from '../scalars/borrowed-scalars';
import { UserError } from '../user-error.type';
import { RoleWords } from '../viewer/viewer.type';

@ObjectType('ApiKey', {
  implements: NodeType,
  simpleResolvers: true,
  description: "A program's way in: what it may do, and how it is known again.",
})
@Scoped('CALLER')
export class ApiKeyNode extends NodeType {
  @Field(() => String, { description: 'What it is for, for people.' })
  name!: string;

  @Field(() => RoleWords, { description: 'What it may do.' })
  role!: Role;

  @Field(() => [ID], {
    nullable: true,
    description: 'The ids of the stores it is for; null means all, an empty list none.',
  })
  storeIds!: string[] | null;

  @Field(() => MoneyType, {
    nullable: true,
    description: 'The most it may give back in one refund or cancel; null means no limit.',
  })
  refundLimit!: MoneyType | null;

  @Field(() => String, {
    description: 'How its secret begins: by this it is found in a program, and named in records.',
  })
  prefix!: string;

  @Field(() => String, { description: "Who made it: a caller's subject." })
  createdBy!: string;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it ends by itself; null means only when it is revoked.',
  })
  expiresAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was last used, to the minute; null when it never was.',
  })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was revoked; null while it is good.',
  })
  revokedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: "Who revoked it: a caller's subject; null while it is good.",
  })
  revokedBy!: string | null;
}

@ObjectType('ApiKeyPayload', {
  simpleResolvers: true,
  description: 'What came of making or revoking a key.',
})
@Scoped('PARENT')
export class ApiKeyPayload {
  @Field(() => ApiKeyNode, { nullable: true, description: 'The key; null when it was refused.' })
  apiKey?: ApiKeyNode | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The secret of a new key: what a program sends after "Bearer ". It is shown this once, and kept nowhere here.',
  })
  secret?: string | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was done.' })
  userErrors!: UserError[];
}

export function toApiKeyNode(key: ApiKey): ApiKeyNode {
  return made(ApiKeyNode, {
    id: encodeNodeId('ApiKey', key.id),
    name: key.name,
    role: key.role,
    storeIds: key.storeIds?.map((storeId) => encodeNodeId('Store', storeId)) ?? null,
    refundLimit: toMoneyOrNull(key.refundLimitMinor, key.refundLimitCurrency),
    prefix: key.prefix,
    createdBy: key.createdBy,
    createdAt: key.createdAt,
    expiresAt: key.expiresAt,
    lastUsedAt: key.lastUsedAt,
    revokedAt: key.revokedAt,
    revokedBy: key.revokedBy,
  });
}
