import { type EntityManager, IsNull } from 'typeorm';

import { type Database } from '../database/open-database';
import { type Tx } from '../database/tx';
import { Restoration } from './restoration.entity';

/** The restoration whose doubts are not ended yet. */
export async function findOpenRestoration(manager: EntityManager): Promise<Restoration | null> {
  return manager.findOneBy(Restoration, { endedAt: IsNull() });
}

/** The same, once whoever is ending it has done so: what has ended by then is not to be begun anew. */
export async function lockOpenRestoration({ manager }: Tx): Promise<Restoration | null> {
  return manager.findOne(Restoration, {
    where: { endedAt: IsNull() },
    lock: { mode: 'for_no_key_update' },
  });
}

/** How far the work after a restore has come. */
export interface RestorationProgress {
  readonly restoration: Restoration;
  /** Payments of which something could still be given back, and nobody has confirmed the books. */
  readonly inDoubt: number;
  readonly confirmed: number;
  /** Of those in doubt: Alipay has not been asked for their state since. */
  readonly toBeAsked: number;
  /** Refunds and cancels without a certain outcome; the worker goes on asking. */
  readonly pending: number;
}

export async function restorationProgress(database: Database): Promise<RestorationProgress | null> {
  const restoration = await findOpenRestoration(database.manager);
  if (restoration === null) return null;
  const [row]: Record<'in_doubt' | 'confirmed' | 'to_be_asked' | 'pending', string>[] =
    await database.manager.query(
      `select count(*) filter (where confirmed_at >= $1) as confirmed,
              count(*) filter (where confirmed_at is null or confirmed_at < $1) as in_doubt,
              count(*) filter (where institution_check_at is not null) as to_be_asked,
              count(*) filter (where cancel_status = 'PENDING' or pending_refund_minor > 0) as pending
       from transactions
       where (listed_at <= $1 or paid_at_guessed)
         and status in ('AWAITING_PAYMENT', 'PAID', 'PARTIALLY_REFUNDED', 'FINISHED')`,
      [restoration.noticedAt],
    );
  return {
    restoration,
    inDoubt: Number(row?.in_doubt ?? 0),
    confirmed: Number(row?.confirmed ?? 0),
    toBeAsked: Number(row?.to_be_asked ?? 0),
    pending: Number(row?.pending ?? 0),
  };
}
