import { type EntityManager } from 'typeorm';

import { type Tx } from '../database/tx';
import { type Books } from '../domain';
import { findWhereabouts, rememberWhereabouts } from './books-whereabouts';
import { findOpenRestoration, lockOpenRestoration } from './restoration.queries';
import { Restoration } from './restoration.entity';

/**
 * To be called when a process starts. Books that were not written where they are came out of a
 * backup: from then on payments made before are in doubt. A backup that was put back in place, file
 * by file, cannot be told from the original: then it takes a person to say so (`recordRestoration`).
 */
export async function noticeRestoration(books: Books): Promise<Restoration | null> {
  const restoration = await books.database.atomically(books, async (tx) => {
    await lockDeployment(tx);
    const { here, remembered, wereRestored, wereReadBack } = await findWhereabouts(tx.manager);
    if (remembered !== here) await rememberWhereabouts(tx.manager);
    return wereRestored ? openRestoration(tx, { wereReadBack }) : findOpenRestoration(tx.manager);
  });
  if (restoration !== null) {
    books.log?.warn(
      'the books were restored from a backup, and older payments are in doubt: npm run after-restore',
      { booksUntil: restoration.booksUntil, noticedAt: restoration.noticedAt },
    );
  }
  return restoration;
}

/** A person says that a backup was put back. Asked for again, it counts from now. */
export async function recordRestoration(books: Books): Promise<Restoration> {
  return books.database.atomically(books, async (tx) => {
    await lockDeployment(tx);
    // It may be a dump, said to be one before a process has noticed it.
    return openRestoration(tx, await findWhereabouts(tx.manager));
  });
}

/** One process notices a restore, and the others wait: of large books for longer than a statement may take. */
async function lockDeployment({ manager }: Tx): Promise<void> {
  await manager.query(`set local statement_timeout = ${LARGE_BOOKS_MS}`);
  await manager.query('select from deployment for no key update');
}

const LARGE_BOOKS_MS = 30 * 60_000;

async function openRestoration(
  tx: Tx,
  { wereReadBack }: { readonly wereReadBack: boolean },
): Promise<Restoration> {
  const now = tx.now();
  const earlier = await lockOpenRestoration(tx);
  const lastMoment = (await lastMomentOf(tx.manager)) ?? now;
  const restoration = earlier ?? new Restoration();
  if (earlier === null) restoration.id = tx.newId();
  restoration.booksUntil =
    earlier?.booksUntil ?? (await booksUntil(tx.manager, wereReadBack)) ?? lastMoment;
  restoration.noticedAt = laterThan(
    [lastMoment, (await lastConfirmation(tx.manager)) ?? lastMoment],
    now,
  );
  restoration.endedAt = null;
  restoration.endedBy = null;
  restoration.note = null;
  await tx.manager.save(restoration);
  await askAboutOpenPayments(tx, restoration);
  return restoration;
}

/** A clock that is behind takes no payment of the books, and no confirmation of before, out of doubt. */
function laterThan(moments: readonly Date[], now: Date): Date {
  return new Date(Math.max(+now, ...moments.map((moment) => +moment + 1)));
}

/** How long before the backup a payment may be for a full refund or a cancel of it to be asked for. */
const ASKED_ABOUT_DAYS = 30;

/**
 * Has the worker ask Alipay, in its own time, for the state of what can have been given back in
 * full since; the paying wallet's turn asks the same question.
 */
async function askAboutOpenPayments(tx: Tx, { booksUntil, noticedAt }: Restoration): Promise<void> {
  await tx.manager.query(
    `update transactions set institution_check_at = $1, institution_attempts = 0
     where status in ('AWAITING_PAYMENT', 'PAID', 'PARTIALLY_REFUNDED', 'FINISHED')
       and listed_at between $2::timestamptz - make_interval(days => $3) and $1`,
    [noticedAt, booksUntil, ASKED_ABOUT_DAYS],
  );
}

/**
 * Until when the books know what happened; when in doubt earlier, for from then on a file of each day has to
 * be compared before the doubts end. What a process wrote after the dump had been read is none of it: not
 * by the transaction that wrote the oldest event. Nor is what a clock that was ahead dates later than the
 * day after the newest file that is reconciled.
 */
async function booksUntil(manager: EntityManager, wereReadBack: boolean): Promise<Date | null> {
  const moment = wereReadBack ? await lastMomentInDump(manager) : await lastMomentOf(manager);
  if (moment === null) return null;
  const [row]: { moment: Date }[] = await manager.query(
    `select least($1::timestamptz,
                  (select (max(date) + 2)::timestamp at time zone 'Asia/Shanghai' - interval '1 ms'
                   from statements
                   where kind = 'TRANSACTION' and superseded_by is null and status = 'RECONCILED')) as moment`,
    [moment],
  );
  return row?.moment ?? moment;
}

/** The latest moment from which a payment counts as confirmed: each restore has one, and some payments. */
async function lastConfirmation(manager: EntityManager): Promise<Date | null> {
  const [row]: { moment: Date | null }[] = await manager.query(
    `select greatest((select max(noticed_at) from restorations),
                     (select max(confirmed_at) from transactions
                      where exists (select from restorations))) as moment`,
  );
  return row?.moment ?? null;
}

async function lastMomentInDump(manager: EntityManager): Promise<Date | null> {
  const [row]: { moment: Date }[] = await manager.query(
    `select recorded_at as moment from transaction_events
     where xmin = (select xmin from transaction_events order by position limit 1)
     order by position desc limit 1`,
  );
  return row?.moment ?? null;
}

async function lastMomentOf(manager: EntityManager): Promise<Date | null> {
  const [row]: { moment: Date | null }[] = await manager.query(
    `select greatest((select max(received_at) from notifications),
                     (select max(started_at) from gateway_calls),
                     (select recorded_at from transaction_events order by position desc limit 1)) as moment`,
  );
  return row?.moment ?? null;
}
