import { createHash } from 'node:crypto';

import { type Clock, type Database } from '../database/open-database';

/** Bytes that did not verify, posted to a known token; never parsed into the domain. */
export interface RefusedNotification {
  readonly body: Buffer;
  readonly contentType: string | null;
  readonly qrCodeId: string;
  /** Why it did not verify, for a person. */
  readonly reason: string;
}

const KEPT_MAX = 10_000;
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Keeps what did not verify, for a while and up to a bound, so that it can be taken up after a
 * wrong key was corrected (decision 12).
 */
export async function keepRefusedNotification(
  database: Pick<Database, 'ingest'>,
  { now, newId }: Clock,
  refused: RefusedNotification,
): Promise<void> {
  const hash = createHash('sha256').update(refused.body).digest('hex');
  await database.ingest.query(
    `insert into notifications (id, content_hash, status, reason, qr_code_id, content_type, body, received_at)
     values ($1, $2, 'REFUSED', $3, $4, $5, $6, $7) on conflict do nothing`,
    [
      newId(),
      `refused:${hash}`,
      refused.reason,
      refused.qrCodeId,
      refused.contentType,
      refused.body,
      now(),
    ],
  );
  await database.ingest.query(
    `delete from notifications where status = 'REFUSED' and (received_at < $1 or id in (
       select id from notifications where status = 'REFUSED'
       order by received_at desc, id desc offset $2))`,
    [new Date(now().getTime() - KEPT_MS), KEPT_MAX],
  );
}
