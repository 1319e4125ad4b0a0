import { type Tx } from './tx';

/** PostgreSQL's channel for nudges: payload `events`, `inbox`, or `qr:<id>`. Never a record in itself. */
export const NUDGE_CHANNEL = 'countersign';

/**
 * Tells other processes what was committed, past PostgreSQL. It must not throw and not be waited
 * for: losing a nudge costs a pause, no more.
 */
export type PublishNudges = (nudges: readonly string[]) => void;

/** What others are to hear of a block. */
export function nudgesOf({ events, changedQrCodeIds, hasFilledInbox }: Tx): readonly string[] {
  const nudges = [...changedQrCodeIds].map((id) => `qr:${id}`);
  if (events.length > 0) nudges.push('events');
  if (hasFilledInbox) nudges.push('inbox');
  return nudges;
}

/** Goes out with the commit, and not without it. */
export async function notifyWithCommit(
  { manager }: Pick<Tx, 'manager'>,
  nudges: readonly string[],
): Promise<void> {
  if (nudges.length === 0) return;
  await manager.query('select pg_notify($1, n) from unnest($2::text[]) n', [NUDGE_CHANNEL, nudges]);
}
