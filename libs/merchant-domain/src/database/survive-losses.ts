import { type Pool } from 'pg';

import { noticeSilence } from './notice-silence';

/**
 * A connection that the server ends tells so by an event, and one that nobody listens to ends the
 * process. The pool stops listening when it gives a connection out, a promise later somebody else
 * begins to; a restarting server fits in between. Who uses the connection is told all the same: its
 * statement fails, and the pool takes a new one.
 */
export function surviveLosses(pool: Pool): void {
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    noticeSilence(client, pool.options);
  });
}
