import { In } from 'typeorm';

import { requireAction, seesStore } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { applyQuarantinedOf, takeCode } from '../inbox/quarantine';
import { QrCode } from '../qr-code/qr-code.entity';
import { Store } from '../store/store.entity';
import { type TransactionResult } from './claim-transaction';
import { isPlaceGuessed } from './guessed-place';
import { observeQuery } from './observe-query';
import { queryTrade } from './query-trade';
import { alipayUnavailable } from './refresh-transaction';
import { type Transaction } from './transaction.entity';

export interface RecoverTransaction {
  readonly caller: Caller;
  /** Alipay's order number, out_trade_no. */
  readonly partnerTransId?: string;
  /** The number in the customer's wallet, trade_no. */
  readonly alipayTransId?: string;
  /** Where the customer paid, when the person knows it. */
  readonly qrCodeId?: string;
}

const NUMBER = /^[A-Za-z0-9_.-]{1,64}$/;

/** Asks Alipay for a payment we never heard of, by either of its numbers (decision 13). */
export async function recoverTransaction(
  domain: Domain,
  command: RecoverTransaction,
): Promise<TransactionResult> {
  requireAction(command.caller, 'ASK_ALIPAY');
  const numbers = readNumbers(command);
  if ('refusal' in numbers) return numbers;
  const code = await readCode(domain, command);
  if (code !== null && 'refusal' in code) return code;

  const outcome = await queryTrade(domain, numbers);

  switch (outcome.kind) {
    case 'SUCCEEDED': {
      const transaction = await domain.database.atomically(domain, async (tx) => {
        const { answer } = outcome;
        const isForeign =
          code !== null && (await isOfAnotherMerchant(tx, answer.alipayTransId, code));
        const observed = await observeQuery(domain, tx, answer, isForeign ? null : code);
        if (observed === null) return null;
        // Before the messages that waited: a person's word about the place is better than a guess.
        if (code !== null && (await isElsewhereByGuess(tx, command.caller, observed, code))) {
          await takeCode(tx, observed, code, command.caller.subject);
        }
        await applyQuarantinedOf(tx, observed);
        if (code !== null && (await isNowhereElse(tx, observed, code))) {
          await takeCode(tx, observed, code, command.caller.subject);
        }
        return observed;
      });
      if (transaction !== null && seesStore(command.caller, transaction.storeId)) {
        return { transaction };
      }
      return outcome.answer.namesAlipayTransId ? unknownTrade() : orderAlone();
    }
    case 'REJECTED':
      return refuse('ALIPAY_REJECTED', rejectedBecause(command, outcome.alipayCode), {
        alipayCode: outcome.alipayCode,
      });
    case 'UNKNOWN':
      return alipayUnavailable();
  }
}

/**
 * On record without its code, as it is when it was recovered before by somebody who named none, or came with
 * the line of a merchant who has several stores. That of another merchant is not paid at this code.
 */
async function isNowhereElse(
  tx: Tx,
  { qrCodeId, storeId, alipayTransId }: Transaction,
  code: QrCode,
): Promise<boolean> {
  if (qrCodeId !== null) return false;
  if (storeId !== null) return storeId === code.storeId;
  return !(await isOfAnotherMerchant(tx, alipayTransId, code));
}

/** A line of a payment that nobody has heard of yet names its merchant, too: as one of another scene. */
async function isOfAnotherMerchant(
  { manager }: Tx,
  alipayTransId: string,
  { storeId }: QrCode,
): Promise<boolean> {
  const lines: unknown[] = await manager.query(LINE_OF_ANOTHER_MERCHANT, [alipayTransId, storeId]);
  return lines.length > 0;
}

/** Older layouts do not name the merchant. */
const LINE_OF_ANOTHER_MERCHANT = `
  select 1 from statement_lines l
  where l.alipay_trans_id = $1 and l.secondary_merchant_id <> '' and l.secondary_merchant_id <> (
    select m.alipay_merchant_id from merchants m join stores s on s.merchant_id = m.id where s.id = $2)
  limit 1`;

/**
 * Put down elsewhere because of a statement's line alone, by somebody who sees both places. The merchant is
 * no guess, for the line names it: a code of another one was named by mistake.
 */
async function isElsewhereByGuess(
  tx: Tx,
  caller: Caller,
  transaction: Transaction,
  code: QrCode,
): Promise<boolean> {
  const { storeId, qrCodeId } = transaction;
  if (storeId === null || qrCodeId === code.id || !seesStore(caller, storeId)) return false;
  const stores = await tx.manager.findBy(Store, { id: In([storeId, code.storeId]) });
  const isOfOneMerchant = stores.every(({ merchantId }) => merchantId === stores[0]?.merchantId);
  return isOfOneMerchant && (await isPlaceGuessed(tx, transaction));
}

function readNumbers(
  command: RecoverTransaction,
): Refusal | { readonly partnerTransId?: string; readonly alipayTransId?: string } {
  const given: { partnerTransId?: string; alipayTransId?: string } = {};
  for (const name of ['partnerTransId', 'alipayTransId'] as const) {
    const value = command[name]?.trim();
    if (value === undefined || value === '') continue;
    if (!NUMBER.test(value)) {
      return refuse(
        'INVALID_INPUT',
        'This is not a payment number: it has 1 to 64 letters and digits; copy it from the wallet or the statement.',
        { field: [name] },
      );
    }
    given[name] = value;
  }
  if (given.partnerTransId === undefined && given.alipayTransId === undefined) {
    return refuse(
      'INVALID_INPUT',
      'Give one of the two numbers: partnerTransId, or alipayTransId as the customer’s wallet shows it.',
      { field: ['alipayTransId'] },
    );
  }
  return given;
}

async function readCode(
  domain: Domain,
  { caller, qrCodeId }: RecoverTransaction,
): Promise<QrCode | null | Refusal> {
  if (qrCodeId === undefined) return null;
  const code = await domain.database.manager.findOneBy(QrCode, { id: qrCodeId });
  if (code === null || !seesStore(caller, code.storeId)) {
    return refuse('NOT_FOUND', 'There is no such code: check its id.', { field: ['qrCodeId'] });
  }
  return code;
}

function rejectedBecause(command: RecoverTransaction, alipayCode: string): string {
  const byWalletNumberAlone = command.partnerTransId === undefined;
  return byWalletNumberAlone
    ? `Alipay does not tell about a payment by the wallet's number alone (${alipayCode}): the day's statement will.`
    : `Alipay knows no such payment (${alipayCode}): check the number, or wait for the day's statement.`;
}

/** Whether the two numbers are of one payment nobody has said; that of another may be on record. */
function orderAlone(): Refusal {
  return refuse(
    'INVALID_INPUT',
    'Alipay answers for partnerTransId, and does not say that alipayTransId is of the same payment: check that number, or leave partnerTransId out. Otherwise the message or the statement will bring the payment.',
    { field: ['alipayTransId'] },
  );
}

function unknownTrade(): Refusal {
  return refuse(
    'NOT_FOUND',
    'Alipay knows this payment, but it does not belong to a store you can see: where it was paid at your shop, name the code, too.',
  );
}
