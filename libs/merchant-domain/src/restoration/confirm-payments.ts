import { requireAction } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { type Books, type Caller, type Refusal, refuse } from '../domain';
import { appendEvent } from '../event/append-event';
import { readNote } from '../read-note';
import { noTransaction } from '../transaction/lock-transaction';
import { Transaction } from '../transaction/transaction.entity';
import { Restoration } from './restoration.entity';
import { isInDoubt, isInDoubtSince } from './restoration.rules';
import { findOpenRestoration } from './restoration.queries';

export interface ConfirmPayment {
  readonly caller: Caller;
  /** Alipay's number of the payment, trade_no. */
  readonly alipayTransId: string;
  /** How the person knows that the books miss nothing of it. */
  readonly note: string;
}

/** An owner has compared one payment with the statement: from now on it can be refunded anew. */
export async function confirmPayment(
  books: Books,
  command: ConfirmPayment,
): Promise<Refusal | { readonly transaction: Transaction }> {
  requireAction(command.caller, 'KEEP_BOOKS');
  const note = readNote(command.note, 'how you know that the books miss nothing');
  if (typeof note !== 'string') return note;

  return books.database.atomically(books, async (tx) => {
    const transaction = await tx.manager.findOne(Transaction, {
      where: { alipayTransId: command.alipayTransId },
      lock: { mode: 'for_no_key_update' },
    });
    if (transaction === null) return noTransaction();
    const restoration = await findOpenRestoration(tx.manager);
    if (restoration === null || !isInDoubt(transaction, restoration)) {
      return refuse(
        'NOT_ALLOWED_IN_STATE',
        'This payment is not in doubt: nothing has to be done.',
      );
    }
    // Of this restoration, also by a clock that is behind that of whoever noticed it.
    transaction.confirmedAt = new Date(Math.max(+tx.now(), +restoration.noticedAt));
    await tx.manager.query('update transactions set confirmed_at = $1 where id = $2', [
      transaction.confirmedAt,
      transaction.id,
    ]);
    appendEvent(tx, transaction, {
      type: 'RECONCILED',
      actor: command.caller.subject,
      occurredAt: tx.now(),
      detail: { note },
    });
    return { transaction };
  });
}

export interface EndRestoration {
  readonly caller: Caller;
  /** How the person knows that the books are complete again. */
  readonly note: string;
}

/**
 * An owner has made the books complete again: no payment is in doubt any more. A refund or cancel that was open in
 * the backup would be sent then, and the money may have been given back in another way since: a person says first
 * what became of a refund, and a cancel ends with its window, by what a query shows.
 */
export async function endRestoration(
  books: Books,
  command: EndRestoration,
): Promise<Refusal | { readonly restoration: Restoration }> {
  requireAction(command.caller, 'KEEP_BOOKS');
  const note = readNote(command.note, 'how you know that the books miss nothing');
  if (typeof note !== 'string') return note;

  return books.database.atomically(books, async (tx) => {
    await tx.manager.query('select from deployment for no key update');
    const restoration = await findOpenRestoration(tx.manager);
    if (restoration === null) {
      return refuse('NOT_ALLOWED_IN_STATE', 'No payment is in doubt: nothing has to be done.');
    }
    const open = await openSinceBefore(tx, restoration);
    if (open.length > 0) {
      return refuse(
        'NOT_ALLOWED_IN_STATE',
        `What was open in the backup would be sent now, and the money may have been given back in another way since. Say first what became of each refund (resolveRefund), and let a cancel end (half past midnight, Beijing time); or confirm the payments of which it is to be sent: ${inShort(open)}.`,
      );
    }
    restoration.endedAt = tx.now();
    restoration.endedBy = command.caller.subject;
    restoration.note = note;
    await tx.manager.update(Restoration, { id: restoration.id }, restoration);
    books.log?.info('the restored books were declared complete', { by: command.caller.subject });
    return { restoration };
  });
}

/** The payments in doubt, by Alipay's numbers, of which a refund or cancel has been open since before the restore. */
async function openSinceBefore(tx: Tx, { noticedAt }: Restoration): Promise<string[]> {
  const rows: { alipay_trans_id: string }[] = await tx.manager.query(
    `select alipay_trans_id from transactions
     where id in (select transaction_id from refunds where next_check_at is not null and created_at < $1
                  union all
                  select id from transactions where cancel_next_check_at is not null)
       and ${isInDoubtSince('$1')}
     order by alipay_trans_id`,
    [noticedAt],
  );
  return rows.map((row) => row.alipay_trans_id);
}

const NAMED_MAX = 10;

function inShort(payments: readonly string[]): string {
  const more = payments.length - NAMED_MAX;
  return `${payments.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
