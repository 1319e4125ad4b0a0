import { IsNull } from 'typeorm';

import { type Tx } from '../database/tx';
import { RECONCILIATION } from '../event/actors';
import { SHA256_OF_NOTHING } from '../statement/statement-parts';
import { findOpenRestoration } from './restoration.queries';
import { isInDoubtSince } from './restoration.rules';
import { Restoration } from './restoration.entity';

/**
 * Ends the doubts of a restored backup once the transaction file of every day that the books may
 * miss has been imported, and of the day after, because Alipay may book a refund then. Only files of
 * which nothing waits for a person count: a refund that could not be taken up is still missing. Nor does one
 * without a byte, which stands for a file that Alipay has no more, and tells of no refund. A refund
 * or cancel that is open still was open in the backup, and no file tells of it: it would be sent once the
 * doubts end, so a person has to say first what became of it. Whoever has said since that a backup was put
 * back once more has begun other doubts, of which nothing was looked at here: they stay.
 */
export async function endCoveredRestoration(tx: Tx): Promise<void> {
  const restoration = await findOpenRestoration(tx.manager);
  if (restoration === null) return;
  const [row]: { is_covered: boolean }[] = await tx.manager.query(
    `select not exists (
       select from generate_series(date_trunc('day', $1::timestamptz at time zone 'Asia/Shanghai'),
                                   date_trunc('day', $2::timestamptz at time zone 'Asia/Shanghai') + interval '1 day',
                                   '1 day') day
       where not exists (select from statements
                         where kind = 'TRANSACTION' and date = day::date and superseded_by is null
                           and status = 'RECONCILED' and sha256 <> $3))
     and not exists (
       select from transactions
       where id in (select transaction_id from refunds where next_check_at is not null
                    union all
                    select id from transactions where cancel_next_check_at is not null)
         and ${isInDoubtSince('$2')}) as is_covered`,
    [restoration.booksUntil, restoration.noticedAt, SHA256_OF_NOTHING],
  );
  if (row?.is_covered !== true) return;
  await tx.manager.update(
    Restoration,
    { id: restoration.id, noticedAt: restoration.noticedAt, endedAt: IsNull() },
    {
      endedAt: tx.now(),
      endedBy: RECONCILIATION,
      note: 'the transaction file of every day in question is reconciled',
    },
  );
}
