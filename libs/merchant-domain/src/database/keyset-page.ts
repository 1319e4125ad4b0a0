import { type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';

/** What a caller wrote cannot be read: a mistake of the program that asks, not a business refusal. */
export class BadUserInput extends Error {
  readonly code = 'BAD_USER_INPUT';
  override readonly name: string = 'BadUserInput';
}

export class InvalidPaging extends BadUserInput {
  override readonly name = 'InvalidPaging';
}

/** Forwards with `first` and `after`, backwards with `last` and `before`. */
export interface PageRequest {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

export interface Page<T> {
  readonly edges: readonly Edge<T>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** What a list is ordered by, newest first; the id decides between rows of the same millisecond. */
export interface Keyset<Row> {
  /** The instant as SQL with the query's alias, e.g. `store.createdAt`. */
  readonly instant: string;
  readonly id: string;
  readonly instantOf: (row: Row) => Date;
}

/**
 * A condition under which an index gives the rows in the order of the list. A page of several lanes
 * is merged of them, and reads of each only what it shows.
 */
export interface Lane {
  readonly sql: string;
  readonly parameters: ObjectLiteral;
}

/** How the rows of a page are come by, where one index does not do it. */
export interface Finding {
  readonly lanes?: readonly Lane[];
  /**
   * Says the same order so that only an index made for it is taken: `listed_at desc nulls last`
   * where nothing is null.
   */
  readonly nullsAtEnd?: boolean;
}

const PAGE_SIZE_DEFAULT = 20;
const PAGE_SIZE_MAX = 100;

/**
 * One page of a query, newest first. The bounds are row comparisons, which an index in the same
 * order answers at any depth without reading what lies before (decision 17).
 */
export async function keysetPage<Row extends ObjectLiteral & { readonly id: string }>(
  query: SelectQueryBuilder<Row>,
  keyset: Keyset<Row>,
  request: PageRequest,
  { lanes = [], nullsAtEnd = false }: Finding = {},
): Promise<Page<Row>> {
  const { size, isBackwards } = readPageSize(request);
  const order: Order = { keyset, isBackwards, nullsAtEnd, limit: size + 1 };
  const found = inLanes(withinCursors(query, keyset, request), lanes, order);
  const rows = await ordered(found, order).getMany();

  const nodes = rows.slice(0, size);
  if (isBackwards) nodes.reverse();
  const isMore = rows.length > size;
  return {
    edges: nodes.map((node) => ({ cursor: cursorOf(keyset.instantOf(node), node.id), node })),
    hasNextPage: isBackwards ? request.before != null : isMore,
    hasPreviousPage: isBackwards ? isMore : request.after != null,
  };
}

function withinCursors<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  keyset: Pick<Keyset<Row>, 'instant' | 'id'>,
  request: PageRequest,
): SelectQueryBuilder<Row> {
  const after = readCursor(request.after);
  const before = readCursor(request.before);
  const row = `(${keyset.instant}, ${keyset.id})`;
  if (after !== undefined) {
    query.andWhere(`${row} < (:afterInstant::timestamptz, :afterId::uuid)`, {
      afterInstant: after.instant,
      afterId: after.id,
    });
  }
  if (before !== undefined) {
    query.andWhere(`${row} > (:beforeInstant::timestamptz, :beforeId::uuid)`, {
      beforeInstant: before.instant,
      beforeId: before.id,
    });
  }
  return query;
}

interface Order {
  readonly keyset: { readonly instant: string; readonly id: string };
  readonly isBackwards: boolean;
  readonly nullsAtEnd: boolean;
  readonly limit: number;
}

function ordered<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  { keyset, isBackwards, nullsAtEnd, limit }: Order,
): SelectQueryBuilder<Row> {
  const direction = isBackwards ? 'ASC' : 'DESC';
  const nulls = isBackwards ? 'NULLS FIRST' : 'NULLS LAST';
  return query
    .orderBy(keyset.instant, direction, nullsAtEnd ? nulls : undefined)
    .addOrderBy(keyset.id, direction, nullsAtEnd ? nulls : undefined)
    .limit(limit);
}

function inLanes<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  lanes: readonly Lane[],
  order: Order,
): SelectQueryBuilder<Row> {
  const [first, ...others] = lanes;
  if (first === undefined) return query;
  if (others.length === 0) return query.andWhere(first.sql, first.parameters);
  // Each ends with the page: only then does the database take them in order, row by row.
  const parts = lanes.map(({ sql, parameters }) => {
    query.setParameters(parameters);
    const lane = ordered(query.clone().andWhere(sql), order);
    return `(${lane.select(`${query.alias}.*`).getQuery()})`;
  });
  return outOf(query.clone().where('true'), parts.join(' union all '));
}

/** The same query, but of the rows that another statement finds. */
export function outOf<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  statement: string,
): SelectQueryBuilder<Row> {
  const outer = query.clone();
  for (const alias of outer.expressionMap.aliases) alias.subQuery = `(${statement})`;
  return outer;
}

/** How many rows a page holds, and from which end it is read. */
export function readPageSize(
  { first, last }: PageRequest,
  defaultSize = PAGE_SIZE_DEFAULT,
): { readonly size: number; readonly isBackwards: boolean } {
  const forwards = first ?? undefined;
  const backwards = last ?? undefined;
  if (forwards !== undefined && backwards !== undefined) {
    throw new InvalidPaging('Ask for the first or for the last entries of a list, not for both.');
  }
  const size = forwards ?? backwards ?? defaultSize;
  if (!Number.isInteger(size) || size < 1 || size > PAGE_SIZE_MAX) {
    throw new InvalidPaging(`A page holds 1 to ${PAGE_SIZE_MAX} entries; ${size} were asked for.`);
  }
  return { size, isBackwards: backwards !== undefined };
}

/** The place of a row in its list. Opaque to callers, who only hand it back. */
export function cursorOf(instant: Date, id: string): string {
  return Buffer.from(`${instant.toISOString()} ${id}`).toString('base64url');
}

const CURSOR =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z) ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** Where a page begins or ends in its list, as its cursor says. */
export function readCursor(
  text: string | null | undefined,
): { readonly instant: Date; readonly id: string } | undefined {
  if (text === null || text === undefined) return undefined;
  const [, instantText = '', id] =
    CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  const instant = new Date(instantText);
  if (id === undefined || Number.isNaN(instant.getTime())) throw unreadableCursor();
  return { instant, id };
}

export function unreadableCursor(giver: 'a list' | 'an event' = 'a list'): InvalidPaging {
  return new InvalidPaging(
    `This cursor cannot be read: pass one exactly as ${giver} gave it. Lists and events have cursors of their own.`,
  );
}
