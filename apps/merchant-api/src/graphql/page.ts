import { type Page } from '@countersign/merchant-domain';
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';

import { Scoped } from './access';
import { made } from './made';

@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Where a page lies in its list.',
})
@Scoped('PARENT')
export class PageInfo {
  @Field(() => Boolean, { description: 'There is more after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'There is more before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'The cursor of the first entry: pass it as `before` for what stands before it. Null on an empty page.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The cursor of the last entry: pass it as `after` for what stands after it. Null on an empty page.',
  })
  endCursor!: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      'How many, from the beginning or after `after`: 1 to 100, else BAD_USER_INPUT; 20 when left out.',
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only what stands after this cursor: `endCursor` of the page before.',
  })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many, from the end or before `before`: 1 to 100. Not together with `first`.',
  })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only what stands before this cursor: `startCursor` of the page after.',
  })
  before?: string | null;
}

/** The parts that every connection has. */
export interface Connection<Node> {
  edges: { cursor: string; node: Node }[];
  nodes: Node[];
  pageInfo: PageInfo;
}

/** A page of records as the connection that GraphQL shows. */
export function toConnection<Row, Node>(
  page: Page<Row>,
  toNode: (row: Row) => Node,
): Connection<Node> {
  const edges = page.edges.map(({ cursor, node }) => ({ cursor, node: toNode(node) }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: made(PageInfo, {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    }),
  };
}
