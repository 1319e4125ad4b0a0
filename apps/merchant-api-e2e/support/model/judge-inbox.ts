import { OVERSEAS_QUERY } from '../lost-answers';
import { isRefusal } from './faults';
import type { Books, MailRow } from './read-books';
import { isForgotten } from './restoration';
import type { Forged, Shop, Trade } from './shop';
import type { Site } from './site';

/** Whether every acknowledged message is kept, and has become what it must. */
export function judgeInbox(site: Site, shop: Shop, books: Books): string[] {
  return shop.trades.flatMap((trade) => [
    ...judgeMail(shop, books, trade),
    ...shop.forgeries
      .filter((forged) => forged.trade === trade)
      .flatMap((forged) => judgeForgery(site, shop, books, forged)),
  ]);
}

function judgeMail(shop: Shop, books: Books, trade: Trade): string[] {
  const mail = books.trades.get(trade.no)?.notifications ?? [];
  return mail
    .filter(({ acknowledged }) => acknowledged)
    .flatMap(({ notify_id: id }) => {
      const rows = rowsOf(books, id);
      const genuine = rows.filter((row) => !isOtherContent(row));
      const [row] = genuine;
      if (row === undefined && books.forgottenMail.has(id)) return [];
      if (row === undefined || genuine.length > 1) {
        return [`the acknowledged message ${id} is kept ${genuine.length} times`];
      }
      return row.status === 'APPLIED' || isLeftToPeople(shop, trade, row)
        ? []
        : [`the message ${id} is ${row.status}: ${row.reason ?? 'without a reason'}`];
    });
}

/** It came first to an address of nobody, and Alipay was made to deny it. */
function isLeftToPeople(shop: Shop, trade: Trade, row: MailRow): boolean {
  return (
    row.status === 'QUARANTINED' &&
    shop.forgeries.some((forged) => forged.trade === trade && forged.how === 'no token') &&
    shop.ordered.some(
      ({ about, mishap }) =>
        about === trade && mishap.service === OVERSEAS_QUERY && isRefusal(mishap.kind),
    )
  );
}

const WHAT_COMES_OF = {
  'other seller': { answer: 'success', rows: ['It is about another seller'] },
  'other content': { answer: 'success', rows: ['Its notify_id came before'] },
  'no token': { answer: 'success', rows: [] }, // applied in the end, as the genuine ones are
  copy: { answer: 'success', rows: [] }, // the same as the genuine one
  garbled: { answer: 'fail', rows: [] },
  'no amount': { answer: 'success', rows: [] }, // applied where the amount is on record
  'no payment time': { answer: 'success', rows: [] }, // applied: when it was sent is near enough
  'other code': { answer: 'success', rows: [] }, // held back, by its trade or its currency
} as const;

function judgeForgery(site: Site, shop: Shop, books: Books, forged: Forged): string[] {
  const { how, notifyId, reply } = forged;
  const { answer, rows: reasons } = WHAT_COMES_OF[how];
  const what = `the message ${notifyId} with ${how}`;
  if (reply?.answer !== answer) {
    // A wrong key verifies nothing, and a database that is away keeps nothing.
    return site.weather.wasRough(forged, 'gateway')
      ? []
      : [`${what} was answered ${JSON.stringify(reply)}`];
  }
  if (isForgotten(books.restoration, forged)) return [];
  const rows = rowsOf(books, notifyId);
  if (how === 'no token') {
    const isRight = rows.every(
      (row) => row.status === 'APPLIED' || isLeftToPeople(shop, forged.trade, row),
    );
    return isRight && rows.length === 1 ? [] : [`${what} became ${JSON.stringify(rows)}`];
  }
  if (how === 'other code') {
    return rows.length === 1 && rows[0]?.status === 'QUARANTINED'
      ? []
      : [`${what} became ${JSON.stringify(rows)}`];
  }
  if (how === 'no payment time' || how === 'no amount') {
    const isRight = rows.every(
      ({ status, reason }) =>
        status === 'APPLIED' ||
        (how === 'no amount' && (reason?.startsWith('It names no amount') ?? false)),
    );
    return isRight && rows.length === 1 ? [] : [`${what} became ${JSON.stringify(rows)}`];
  }
  return reasons.flatMap((reason) =>
    rows.some((row) => row.status === 'QUARANTINED' && row.reason?.startsWith(reason))
      ? []
      : [`${what} became ${JSON.stringify(rows)}`],
  );
}

function isOtherContent({ reason }: MailRow): boolean {
  return reason?.startsWith('Its notify_id came before') ?? false;
}

function rowsOf(books: Books, notifyId: string): MailRow[] {
  return books.mail.filter((row) => row.notify_id === notifyId);
}
