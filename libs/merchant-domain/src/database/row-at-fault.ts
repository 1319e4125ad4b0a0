import { isNativeError } from 'node:util/types';

/**
 * Whether an error speaks of what was being written (a broken constraint, a text PostgreSQL cannot
 * hold, a fault of ours), not of the server, the line to it, or two blocks that met. Only the
 * former is worth taking apart; the latter passes.
 */
export function isRowAtFault(error: unknown): boolean {
  if (!isNativeError(error)) return true;
  const code = 'code' in error ? String(error.code) : '';
  if (/^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E')) {
    return !PASSING_STATES.test(code) && !SERVER_LIMITS.test(error.message);
  }
  return !PASSING_CODES.test(code) && !PASSING_MESSAGES.test(error.message);
}

// SQLSTATE classes: connection, a prepared statement that is gone, login, rollback (deadlock), resources, in
// use, operator, system, internal; of the state of a block: a server that only reads now, and one that waited
// for us for too long; and a right that was taken away, and a prepared statement that is there twice. A column
// that is missing is none of them: where one kind of message alone needs it, the others must not wait.
const PASSING_STATES = /^(?:08|26|28|40|53|55|57|58|XX|25006|25P03|25P04|42501|42P05)/;
// They share their state with a text that is too long for an index.
const SERVER_LIMITS = /wraparound|NOTIFY queue/;
// Whatever the operating system says of sockets, names and descriptors, and TLS of a line.
const PASSING_CODES =
  /^(?:E(?!RR_)|ERR_(?:SOCKET|STREAM|TLS|SSL|OSSL)|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/;
// The last two are what pg and TypeORM say of a connection that was lost between two statements; TypeORM has
// other words for it where the next one is plain SQL.
const PASSING_MESSAGES =
  /connection terminated|connection ended|timeout|timed out|not connected|after calling end|SASL|SSL connection|not queryable|runner (?:was )?already released/i;
