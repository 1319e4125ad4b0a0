import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import type { Operation, Variables } from './graphql-client';
import { waitFor, within } from './wait-for';

/** One subscription on a connection of its own. */
export interface EventStream<Data> {
  /** Everything so far, in the order of arrival. */
  readonly received: readonly Data[];
  /** The first that answers the question, among those so far and those to come. */
  next(what: string, isIt: (data: Data) => boolean): Promise<Data>;
  /** Errors that ended the stream. */
  readonly errors: readonly unknown[];
  /** How the connection ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Cuts the connection without a word, as a lost network does. */
  cut(): void;
  close(): Promise<void>;
}

/** Resolves once the server has read the subscribe message: from here on nothing may be missed. */
export async function openEventStream<Data>(
  url: string,
  { text }: Operation<Data>,
  {
    variables = {},
    authorization,
  }: { readonly variables?: Variables; readonly authorization?: string | undefined },
): Promise<EventStream<Data>> {
  const received: Data[] = [];
  const errors: unknown[] = [];
  let socket: WebSocket | undefined;
  let tellClosed: (end: { code: number; reason: string }) => void;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    tellClosed = resolve;
  });
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    ...(authorization === undefined ? {} : { connectionParams: { authorization } }),
    onNonLazyError: () => undefined, // told by `closed`
    on: {
      opened: (opened) => {
        if (opened instanceof WebSocket) socket = opened;
      },
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string }; // a CloseEvent of ws
        tellClosed({ code, reason });
      },
    },
  });
  client.subscribe<Data>(
    { query: text, variables },
    {
      next: ({ data, errors: failures }) => {
        if (failures !== undefined) errors.push(...failures);
        if (data !== null && data !== undefined) received.push(data);
      },
      error: (error) => errors.push(...(Array.isArray(error) ? (error as unknown[]) : [error])),
      complete: () => undefined,
    },
  );
  // Messages of a connection are read in their order, so this answer proves that the other was read.
  const readBoth = new Promise<void>((resolve) => {
    client.subscribe(
      { query: '{ viewer { subject } }' },
      {
        next: () => undefined,
        error: () => {
          resolve();
        },
        complete: resolve,
      },
    );
  });
  await within('the subscription is read', 10_000, Promise.race([readBoth, closed]));

  return {
    received,
    errors,
    closed,
    next: (what, isIt) => waitFor(what, () => received.find(isIt)),
    cut: () => socket?.terminate(),
    close: async () => {
      await client.dispose();
      await closed;
    },
  };
}
