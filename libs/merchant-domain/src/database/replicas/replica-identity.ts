/** What a server says about itself. */
export interface AboutItself {
  readonly isStandby: boolean;
  /** The same for a primary and its standbys. */
  readonly system: string;
  /** Differs from server to server, and from start to start. */
  readonly startedAt: string;
  /** Up to where in the log it shows what was committed, in bytes. */
  readonly position: string;
}

export const ABOUT_ITSELF = `
  select pg_is_in_recovery() as "isStandby",
         (select system_identifier::text from pg_control_system()) as system,
         extract(epoch from pg_postmaster_start_time())::text as "startedAt",
         coalesce(pg_last_wal_replay_lsn(), '0/0') - '0/0'::pg_lsn as position`;

/**
 * A server of other books, or one that was made a primary itself, would show another history. One
 * that shows more than the primary has written follows another.
 */
export function assertFollows(about: AboutItself, system: string, position: bigint): void {
  if (!about.isStandby) throw new Error('it is no replica: it takes writes itself');
  if (about.system !== system) throw new Error('it is a replica of another database');
  if (BigInt(about.position) > position) throw new Error('it follows another primary');
}

/**
 * Whether a new connection leads to the server that was looked at, and which shows no less since. An
 * address may stand for several servers, or for one that has crashed in between.
 */
export function assertSame(
  about: AboutItself | undefined,
  known: AboutItself | undefined,
  shown: bigint,
): void {
  if (about?.system !== known?.system || about?.startedAt !== known?.startedAt) {
    throw new Error('its address leads to several servers, or to one that was started anew');
  }
  if (about?.isStandby !== true || BigInt(about.position) < shown) {
    throw new Error('it shows less than it did before');
  }
}
