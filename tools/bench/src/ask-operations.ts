import { Pool } from 'undici';

import { inOrder } from './statistics';

/** One side: a GraphQL server, and what is asked of it. */
export interface Side {
  readonly pid: number;
  readonly url: string;
  readonly authorization: string;
}

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Answered {
  readonly answers: number;
  readonly seconds: number;
  /** The shortest first. */
  readonly latenciesMs: readonly number[];
}

type Data = Readonly<Record<string, unknown>>;

/** The data of one answer; anything else is an error. */
export async function askOnce(side: Side, operation: Operation): Promise<Data> {
  const pool = new Pool(side.url, { connections: 1 });
  try {
    return dataIn(await post(pool, side, JSON.stringify(operation)));
  } finally {
    await pool.close();
  }
}

/** Asks the same as fast as answers come, each connection one at a time. */
export async function askBackToBack(
  side: Side,
  operation: Operation,
  how: { readonly seconds: number; readonly connections: number; readonly signal: AbortSignal },
): Promise<Answered> {
  const pool = new Pool(side.url, { connections: how.connections });
  const body = JSON.stringify(operation);
  const first = await post(pool, side, body);
  dataIn(first);
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + how.seconds * 1_000;
  const work = async (): Promise<void> => {
    while (!how.signal.aborted && performance.now() < endsAt) {
      const askedAt = performance.now();
      const text = await post(pool, side, body);
      latenciesMs.push(performance.now() - askedAt);
      // Nothing changes meanwhile: an answer of another length is an error.
      if (text.length !== first.length) dataIn(text);
    }
  };
  try {
    await Promise.all(Array.from({ length: how.connections }, work));
  } finally {
    await pool.close();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return { answers: latenciesMs.length, seconds, latenciesMs: inOrder(latenciesMs) };
}

async function post(pool: Pool, { authorization }: Side, body: string): Promise<string> {
  const answer = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body,
  });
  return answer.body.text();
}

function dataIn(text: string): Data {
  const { data, errors } = JSON.parse(text) as { data?: Data | null; errors?: unknown };
  if (errors !== undefined || !data) throw new Error(`An operation failed: ${text.slice(0, 500)}`);
  return data;
}
