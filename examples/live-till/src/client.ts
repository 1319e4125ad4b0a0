import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

/** Queries and mutations by HTTP, subscriptions by a WebSocket; the same token for both. */
export function createTillClient(url: string, token: string): ApolloClient {
  const authorization = `Bearer ${token}`;
  const http = new HttpLink({ uri: url, headers: { authorization } });
  const socket = new GraphQLWsLink(
    createClient({
      url: url.replace(/^http/, 'ws'),
      connectionParams: { authorization },
      keepAlive: 10_000,
      // Coming back is our own affair: only we know the last cursor (follow-payments.ts).
      retryAttempts: 0,
    }),
  );
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
