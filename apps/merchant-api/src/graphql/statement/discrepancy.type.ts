import {
  type Discrepancy,
  type DiscrepancyKind,
  type DiscrepancyStatus,
} from '@countersign/merchant-domain';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { made } from '../made';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { type Connection, PageInfo } from '../page';
import { DateTime } from '../scalars/borrowed-scalars';
import { UserError } from '../user-error.type';

const DiscrepancyKindWords = describedEnum<DiscrepancyKind>(
  'DiscrepancyKind',
  'How a statement and our books disagree.',
  {
    MISSING_LOCALLY: 'The statement tells of something that our books do not have.',
    MISSING_IN_STATEMENT:
      'Our books have something of that day that the statement does not tell of.',
    AMOUNT_MISMATCH: 'Both have it, with different amounts or currencies.',
    STATUS_MISMATCH: 'Both have it, in different states, or under different numbers.',
    DUPLICATE_LINE: 'The statement, or an earlier one, has told of it already.',
  },
);

export const DiscrepancyStatusWords = describedEnum<DiscrepancyStatus>(
  'DiscrepancyStatus',
  'What becomes of a disagreement.',
  {
    OPEN: 'A person has to look.',
    NOT_YET_DUE: 'It may still come with the next file, which decides.',
    RESOLVED: 'Closed: by a person with a note, or by a later file.',
    HEALED: 'The statement itself repaired our record.',
  },
);

@ObjectType('Discrepancy', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'Where a statement and our books disagree: which field, and both values.',
})
@Scoped('CALLER')
export class DiscrepancyNode extends NodeType {
  readonly statementUuid!: string;
  readonly transactionUuid!: string | null;
  readonly refundUuid!: string | null;

  @Field(() => DiscrepancyKindWords, { description: 'How they disagree.' })
  kind!: DiscrepancyKind;

  @Field(() => DiscrepancyStatusWords, { description: 'What becomes of it.' })
  status!: DiscrepancyStatus;

  @Field(() => String, {
    nullable: true,
    description: 'Which field disagrees, for instance "amount"; null when the whole line does.',
  })
  field!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What our books say, as text; null when they do not have it.',
  })
  expected!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the statement says, as text; null when it does not tell of it.',
  })
  actual!: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The line in the file, from 1; null when the file has none, as for what is missing in it.',
  })
  lineNumber!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'What was found and done about it; null while it is open.',
  })
  note!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Who closed it: a caller\'s subject, or "reconciliation"; null while it is not.',
  })
  resolvedBy!: string | null;

  @Field(() => DateTime, { description: 'When it was found.' })
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was closed; null while it is not.',
  })
  resolvedAt!: Date | null;
}

@ObjectType('DiscrepancyEdge', {
  simpleResolvers: true,
  description: 'A disagreement and its place in the list.',
})
@Scoped('PARENT')
export class DiscrepancyEdge {
  @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
  cursor!: string;

  @Field(() => DiscrepancyNode, { description: 'The disagreement.' })
  node!: DiscrepancyNode;
}

@ObjectType('DiscrepancyConnection', {
  simpleResolvers: true,
  description: 'A page of disagreements, newest first.',
})
@Scoped('PARENT')
export class DiscrepancyConnection implements Connection<DiscrepancyNode> {
  @Field(() => [DiscrepancyEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: DiscrepancyEdge[];

  @Field(() => [DiscrepancyNode], { description: 'The page, for those who need no cursors.' })
  nodes!: DiscrepancyNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;

  @Field(() => Int, { description: 'How many there are in all; counted only when asked for.' })
  totalCount!: () => Promise<number>;
}

@InputType('ResolveDiscrepancyInput', { description: 'How a person closes a disagreement.' })
export class ResolveDiscrepancyInput {
  @Field(() => ID, { description: 'The disagreement.' })
  discrepancyId!: string;

  @Field(() => String, { description: 'What was found and what was done; it is kept with it.' })
  note!: string;
}

@ObjectType('DiscrepancyPayload', {
  simpleResolvers: true,
  description: 'What came of closing a disagreement.',
})
@Scoped('PARENT')
export class DiscrepancyPayload {
  @Field(() => DiscrepancyNode, { nullable: true, description: 'It, as it stands now.' })
  discrepancy?: DiscrepancyNode | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}

export function toDiscrepancyNode(discrepancy: Discrepancy): DiscrepancyNode {
  return made(DiscrepancyNode, {
    id: encodeNodeId('Discrepancy', discrepancy.id),
    statementUuid: discrepancy.statementId,
    transactionUuid: discrepancy.transactionId,
    refundUuid: discrepancy.refundId,
    kind: discrepancy.kind,
    status: discrepancy.status,
    field: discrepancy.field,
    expected: discrepancy.expected,
    actual: discrepancy.actual,
    lineNumber: discrepancy.lineNumber,
    note: discrepancy.note,
    resolvedBy: discrepancy.resolvedBy,
    createdAt: discrepancy.createdAt,
    resolvedAt: discrepancy.resolvedAt,
  });
}
