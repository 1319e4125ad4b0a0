import { type Socket } from 'node:net';

import { Client, type ClientBase, type ClientConfig, DatabaseError } from 'pg';

/** Whoever has not heard from the server for so long asks whether it is still at work. */
const silenceMs = 5_000;
const answerWithinMs = 5_000;

/** Passes, as whatever is said of a line: what was asked on it is not at fault. */
class DatabaseSilent extends Error {
  readonly code = 'ETIMEDOUT';
  override readonly name = 'DatabaseSilent';
}

/** What the driver knows of a connection, and does not declare. */
interface Inside {
  readonly connection: { readonly stream: Socket };
  readonly processID: number | null;
  /** Nothing has been asked that is not answered. */
  readonly readyForQuery: boolean;
}

/**
 * A machine that loses its power closes no connection. Who waits for an answer of it would wait until
 * the operating system gives up, a quarter of an hour, while the standby that took over is idle. So a
 * new connection asks whether the server behind the same address is at work on the statement; if not,
 * the line is dead, and is cut.
 */
export function noticeSilence(client: ClientBase, config: ClientConfig): void {
  const inside = client as unknown as Inside;
  const { stream } = inside.connection;
  const look = async (): Promise<void> => {
    const { bytesRead } = stream;
    if (inside.readyForQuery) return;
    const isAtWork = await isServerAtWork(config, inside.processID);
    if (stream.bytesRead !== bytesRead) return; // the answer has come meanwhile
    if (isAtWork) stream.setTimeout(silenceMs);
    else stream.destroy(new DatabaseSilent('The database has fallen silent.'));
  };
  stream.setTimeout(silenceMs);
  stream.on('timeout', () => void look());
}

async function isServerAtWork(config: ClientConfig, processId: number | null): Promise<boolean> {
  const client = new Client({
    ...config,
    ...secretsOf(config),
    connectionTimeoutMillis: answerWithinMs,
    query_timeout: answerWithinMs,
  });
  client.on('error', () => undefined); // the question fails as well
  try {
    await client.connect();
    const { rows } = await client.query<{ own: number; is_at_work: boolean }>(
      `select pg_backend_pid() as own, exists (
         select from pg_stat_activity where pid = $1 and state is distinct from 'idle') as is_at_work`,
      [processId],
    );
    const [row] = rows;
    // Behind a pooler numbers are others than the server's, and tell nothing.
    const { processID } = client as unknown as Inside;
    return row?.own !== processID || row.is_at_work;
  } catch (error) {
    return error instanceof DatabaseError; // one that refuses is alive
  } finally {
    (client as unknown as Inside).connection.stream.destroy();
  }
}

/** The pool hides them from whoever copies its options. */
function secretsOf({ password, ssl }: ClientConfig): ClientConfig {
  return {
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
  };
}
