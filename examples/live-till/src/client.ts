import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

const ANSWERED_WITHIN_MS = 10_000;

/** Queries and mutations by HTTP, subscriptions by a WebSocket; the same token for both. */
export function createTillClient(url: string, token: string): ApolloClient {
  const authorization = `Bearer ${token}`;
  const http = new HttpLink({ uri: url, headers: { authorization } });
  let silence: ReturnType<typeof setTimeout> | undefined;
  const live = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: { authorization },
    keepAlive: 10_000,
    connectionAckWaitTimeout: ANSWERED_WITHIN_MS,
    // Coming back is our own affair: only we know the last cursor (follow-payments.ts).
    retryAttempts: 0,
    on: {
      // A line that died without a word, as while a tablet slept, is ended by nobody else for many minutes.
      ping: (isTheirs) => {
        if (isTheirs) return;
        silence = setTimeout(() => {
          live.terminate();
        }, ANSWERED_WITHIN_MS);
      },
      pong: (isTheirs) => {
        if (isTheirs) clearTimeout(silence);
      },
      closed: () => {
        clearTimeout(silence);
      },
    },
  });
  const socket = new GraphQLWsLink(live);
  return new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      (operation) =>
        operation.operationType === OperationTypeNode.SUBSCRIPTION ||
        operation.getContext()['bySocket'] === true,
      socket,
      http,
    ),
  });
}
