import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { until } from './until';

export interface Answer {
  readonly data: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string; readonly errorId?: string };
  }[];
}

/** What a subscription has heard so far. */
export interface Heard {
  readonly items: readonly unknown[];
  readonly errors: readonly unknown[];
  readonly isOver: boolean;
  stop(): void;
  /** Resolves when the server has read everything this socket sent before. */
  ping(): Promise<void>;
  /** Resolves with the first so many items. */
  first(count: number): Promise<readonly unknown[]>;
}

export interface GraphqlClient {
  post(query: string, variables?: Record<string, unknown>): Promise<Response>;
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** The value under a path of names, when there is no error. */
  get(query: string, variables?: Record<string, unknown>): Promise<Record<string, unknown>>;
  subscribe(query: string, variables?: Record<string, unknown>): Promise<Heard>;
  /** How the next socket is closed by the server. */
  closeCode(): Promise<number>;
  close(): Promise<void>;
}

export function createGraphqlClient(url: string, token: string): GraphqlClient {
  const sockets: Client[] = [];
  let closed: ((code: number) => void) | undefined;
  const post: GraphqlClient['post'] = (query, variables = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
  const ask: GraphqlClient['ask'] = async (query, variables) =>
    (await (await post(query, variables)).json()) as Answer;

  return {
    post,
    ask,
    get: async (query, variables) => {
      const { data, errors } = await ask(query, variables);
      if (errors !== undefined || data === null) throw new Error(JSON.stringify(errors));
      return data;
    },
    subscribe: async (query, variables = {}) => {
      const socket = createClient({
        url: url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
        lazy: false,
        onNonLazyError: () => undefined,
      });
      sockets.push(socket);
      socket.on('closed', (event) => closed?.((event as { code: number }).code));
      return listen(socket, query, variables);
    },
    closeCode: () =>
      new Promise((resolve) => {
        closed = resolve;
      }),
    close: async () => {
      for (const socket of sockets) await socket.dispose();
    },
  };
}

async function listen(
  socket: Client,
  query: string,
  variables: Record<string, unknown>,
): Promise<Heard> {
  const items: unknown[] = [];
  const errors: unknown[] = [];
  let isOver = false;
  await new Promise((resolve, reject) => {
    socket.on('connected', resolve);
    socket.on('closed', reject);
  });
  const stop = socket.subscribe(
    { query, variables },
    {
      next: ({ data, errors: more }) => {
        if (data) items.push(Object.values(data)[0]);
        errors.push(...(more ?? []));
      },
      error: (error) => {
        errors.push(...(Array.isArray(error) ? (error as unknown[]) : [error]));
        isOver = true;
      },
      complete: () => {
        isOver = true;
      },
    },
  );
  return {
    items,
    errors,
    get isOver() {
      return isOver;
    },
    stop,
    ping: () =>
      new Promise((resolve, reject) => {
        socket.subscribe(
          { query: '{ __typename }' },
          {
            next: () => undefined,
            error: reject,
            complete: resolve,
          },
        );
      }),
    first: async (count) => {
      await until(`${count} items of a subscription`, () => items.length >= count);
      return items.slice(0, count);
    },
  };
}
