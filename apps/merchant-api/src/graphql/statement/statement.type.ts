import {
  type Statement,
  type StatementKind,
  type StatementStatus,
} from '@countersign/merchant-domain';
import { Field, InputType, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { made } from '../made';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { type Connection, PageInfo } from '../page';
import { DateTime, LocalDate } from '../scalars/borrowed-scalars';
import { UserError } from '../user-error.type';

export const StatementKindWords = describedEnum<StatementKind>(
  'StatementKind',
  "Which of Alipay's two daily files.",
  {
    TRANSACTION: 'What was paid, refunded and cancelled on the day.',
    SETTLEMENT: 'What was paid out on the day, with the fees.',
  },
);

const StatementStatusWords = describedEnum<StatementStatus>(
  'StatementStatus',
  'How a file stands beside our books.',
  {
    RECONCILED: 'Nothing of it waits for a person.',
    DISCREPANCIES: 'Something of it waits for a person: see `discrepancies`.',
    REJECTED: 'The file cannot be used, and nothing of it was: see `rejection`.',
  },
);

@ObjectType('Statement', {
  implements: NodeType,
  simpleResolvers: true,
  description: "One of Alipay's daily files, compared with our books line by line.",
})
@Scoped('CALLER')
export class StatementNode extends NodeType {
  readonly uuid!: string;

  @Field(() => StatementKindWords, { description: 'Which of the two files.' })
  kind!: StatementKind;

  @Field(() => LocalDate, { description: 'The Beijing day it is about.' })
  date!: string;

  @Field(() => String, { description: 'As Alipay names it.' })
  fileName!: string;

  @Field(() => StatementStatusWords, { description: 'How it stands beside our books.' })
  status!: StatementStatus;

  @Field(() => String, {
    nullable: true,
    description: 'Why the file cannot be used, with line and column; null when it can.',
  })
  rejection!: string | null;

  @Field(() => Int, { description: 'How many lines it has.' })
  lineCount!: number;

  @Field(() => Int, { description: 'How many of them agreed with our books as they stood.' })
  matchedCount!: number;

  @Field(() => Boolean, {
    description: 'A corrected file of the same day has taken its place; this one is the trace.',
  })
  superseded!: boolean;

  @Field(() => DateTime, { description: 'When it was imported.' })
  importedAt!: Date;
}

@ObjectType('StatementEdge', {
  simpleResolvers: true,
  description: 'A file and its place in the list.',
})
@Scoped('PARENT')
export class StatementEdge {
  @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
  cursor!: string;

  @Field(() => StatementNode, { description: 'The file.' })
  node!: StatementNode;
}

@ObjectType('StatementConnection', {
  simpleResolvers: true,
  description: 'A page of files, the latest day first.',
})
@Scoped('PARENT')
export class StatementConnection implements Connection<StatementNode> {
  @Field(() => [StatementEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: StatementEdge[];

  @Field(() => [StatementNode], { description: 'The page, for those who need no cursors.' })
  nodes!: StatementNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;
}

@InputType('ReconcileDayInput', { description: 'Which day to reconcile.' })
export class ReconcileDayInput {
  @Field(() => LocalDate, { description: 'The Beijing day, for instance "2026-01-02".' })
  date!: string;
}

@InputType('ImportStatementInput', {
  description: 'A file by hand. Larger ones are streamed to POST /statements/<fileName>.',
})
export class ImportStatementInput {
  @Field(() => String, {
    description: 'As Alipay names it, for instance "2088000000000001_transaction_20260102.txt".',
  })
  fileName!: string;

  @Field(() => String, { description: 'The bytes as they are, in Base64.' })
  contentBase64!: string;
}

@ObjectType('StatementPayload', {
  simpleResolvers: true,
  description: 'What came of importing a file.',
})
@Scoped('PARENT')
export class StatementPayload {
  @Field(() => StatementNode, {
    nullable: true,
    description: 'The file as it stands now, also when it was rejected.',
  })
  statement?: StatementNode | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}

@ObjectType('ReconcileDayPayload', {
  simpleResolvers: true,
  description: "What came of fetching a day's files.",
})
@Scoped('PARENT')
export class ReconcileDayPayload {
  @Field(() => [StatementNode], {
    description: 'The files that were there: of transactions, of settlement, or both.',
  })
  statements!: StatementNode[];

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}

export function toStatementNode(statement: Statement): StatementNode {
  const { status, importedAt } = statement;
  // What is still being imported is in no list and no answer.
  if (status === null || importedAt === null) throw new Error('a statement without a verdict');
  return made(StatementNode, {
    id: encodeNodeId('Statement', statement.id),
    uuid: statement.id,
    kind: statement.kind,
    date: statement.date,
    fileName: statement.fileName,
    status,
    rejection: statement.rejection,
    lineCount: statement.lineCount,
    matchedCount: statement.matchedCount,
    superseded: statement.supersededBy !== null,
    importedAt,
  });
}
