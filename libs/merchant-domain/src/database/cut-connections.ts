import { type Pool, type PoolClient } from 'pg';

/**
 * Answers how to end every connection of a pool at once, whatever runs on it: with a server that has
 * fallen silent there is no other end.
 */
export function cutConnectionsOf(pool: Pool): () => void {
  const open = new Set<PoolClient>();
  pool.on('connect', (client) => open.add(client));
  pool.on('remove', (client) => open.delete(client));
  return () => {
    for (const client of open) streamOf(client).destroy();
  };
}

function streamOf(client: PoolClient): { destroy(): void } {
  return (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } })
    .connection.stream;
}
