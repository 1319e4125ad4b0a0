import { requireAction } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { type Books, type Caller, type Refusal, refuse } from '../domain';
import { appendEvent } from '../event/append-event';
import { readNote } from '../read-note';
import { noTransaction } from '../transaction/lock-transaction';
import { Transaction } from '../transaction/transaction.entity';
import { Restoration } from './restoration.entity';
import { isInDoubt } from './restoration.rules';
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
 * An owner has made the books complete again: no payment is in doubt any more. A refund that was open in the
 * backup would be sent then, and may have been made in another way since: a person says first what became of it.
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
        `Refunds that were open in the backup would be sent now, and may have been made in another way since: say first what became of them (resolveRefund), of ${inShort(open)}.`,
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

/** The payments in doubt, by Alipay's numbers, whose refund has been open since before the restore. */
async function openSinceBefore(tx: Tx, { noticedAt }: Restoration): Promise<string[]> {
  const rows: { alipay_trans_id: string }[] = await tx.manager.query(
    `select distinct t.alipay_trans_id from refunds r join transactions t on t.id = r.transaction_id
     where r.next_check_at is not null and r.created_at < $1
       and (t.listed_at <= $1 or t.paid_at_guessed) and (t.confirmed_at is null or t.confirmed_at < $1)
     order by t.alipay_trans_id`,
    [noticedAt],
  );
  return rows.map((row) => row.alipay_trans_id);
}

const NAMED_MAX = 10;

function inShort(payments: readonly string[]): string {
  const more = payments.length - NAMED_MAX;
  return `${payments.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
