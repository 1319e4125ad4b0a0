import { type EventEmitter } from 'node:events';
import { type Socket } from 'node:net';

import { type ClientBase, type Pool } from 'pg';

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
    failUnlessReplicated(client);
  });
}

/**
 * Whoever cancels a commit that waits for a synchronous standby has PostgreSQL answer that it was done, with
 * a warning beside it: but if the standby takes over, it was not. So it fails for whoever asked.
 */
function failUnlessReplicated(client: ClientBase): void {
  const { connection } = client as unknown as Inside;
  client.on('notice', ({ routine }) => {
    if (routine !== 'SyncRepWaitForLSN') return;
    // At once: the yes is in the same bytes, and is read next.
    connection.emit('error', new NotReplicated(NOT_REPLICATED));
    connection.stream.destroy();
  });
}

/** What the driver knows of a connection, and does not declare. */
interface Inside {
  readonly connection: EventEmitter & { readonly stream: Socket };
}

const NOT_REPLICATED = 'The wait for the synchronous standby was cancelled.';

class NotReplicated extends Error {
  readonly code = 'ECONNABORTED';
  override readonly name = 'NotReplicated';
}
