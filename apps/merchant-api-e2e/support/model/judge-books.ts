import { OVERSEAS_QUERY, QRCODE_CREATE } from '../lost-answers';
import type { BookedTrade } from '../simulator-control';
import { minorOf, sumOf } from './amounts';
import { isRefusal } from './faults';
import type { Books, OurTransaction } from './read-books';
import { isForgotten } from './restoration';
import type { Shop, Trade } from './shop';

/** Where our books differ from the gateway's, or from themselves. */
export function judgeBooks(shop: Shop, books: Books): string[] {
  const ours = new Map(books.transactions.map((one) => [one.alipayTransId, one]));
  const strangers = [...ours.keys()].filter((no) => shop.trades.every((trade) => trade.no !== no));
  return [
    ...strangers.map((no) => `trade ${no} is in the books of a store where nobody paid it`),
    ...shop.trades.flatMap((trade) => judgeTrade(shop, books, trade, ours.get(trade.no))),
    ...judgeTotals(books),
    ...judgeCodes(shop, books),
  ];
}

function judgeTrade(
  shop: Shop,
  books: Books,
  trade: Trade,
  ours: OurTransaction | undefined,
): string[] {
  const theirs = books.trades.get(trade.no);
  if (theirs === undefined) return [`the gateway has lost trade ${trade.no}`];
  const says = (what: string, is: unknown, must: unknown): string[] =>
    JSON.stringify(is) === JSON.stringify(must)
      ? []
      : [`trade ${trade.no}: ${what} is ${JSON.stringify(is)}, must be ${JSON.stringify(must)}`];
  if (ours === undefined) {
    const isHeard = theirs.notifications.some(({ acknowledged }) => acknowledged);
    const row = books.rows.get(trade.no);
    return isHeard
      ? [`trade ${trade.no} was told and is not in its store's books: ${JSON.stringify(row)}`]
      : [];
  }

  const { currency } = theirs;
  const made = ours.refunds.filter(({ status }) => status === 'SUCCEEDED');
  const failed = ours.refunds.filter(({ status }) => status === 'FAILED');
  const total = minorOf(theirs.amount);
  const refunded = sumOf(made.map(({ amount }) => amount.amount));
  const givenBack = theirs.cancelled && theirs.gmt_payment !== null ? total : refunded;
  const isOpen = ['PAID', 'PARTIALLY_REFUNDED'].includes(ours.status);
  return [
    ...says('amount', ours.amount, { amount: theirs.amount, currency }),
    ...says('partnerTransId', ours.partnerTransId, theirs.out_trade_no),
    ...says('paidAt', ours.paidAt, wholeSecond(theirs.gmt_payment)),
    ...says('store', ours.store?.id, shop.storeId),
    ...says('code', ours.qrCode?.id, trade.code.id),
    ...says(
      'refunds',
      made.map(({ partnerRefundId: id, amount }) => [id, amount.amount]).sort(),
      theirs.refunds.map(({ partner_refund_id: id, amount }) => [id, amount]).sort(),
    ),
    ...says(
      'open refunds',
      ours.refunds.filter(({ status }) => status === 'PENDING'),
      [],
    ),
    ...says(
      'refunds called failed that were made',
      failed
        .map(({ partnerRefundId }) => partnerRefundId)
        .filter((id) => made.every((one) => one.partnerRefundId !== id))
        .filter((id) => theirs.refunds.some((one) => one.partner_refund_id === id)),
      [],
    ),
    ...says('cancelPending', ours.cancelPending, false),
    ...says('refundedAmount', minorOf(ours.refundedAmount.amount).toString(), givenBack.toString()),
    ...says(
      'refundableAmount',
      minorOf(ours.refundableAmount.amount).toString(),
      (isOpen ? total - refunded : 0n).toString(),
    ),
    ...(refunded > total ? [`trade ${trade.no}: more was refunded than paid`] : []),
    ...judgeStatus(shop, books, trade, { ours, theirs, refunded, total }),
    ...judgeWallet(shop, trade, ours),
  ];
}

/** As Alipay writes times. */
function wholeSecond(instant: string | null): string | null {
  return instant === null ? null : `${instant.slice(0, 19)}.000Z`;
}

interface Both {
  readonly ours: OurTransaction;
  readonly theirs: BookedTrade;
  readonly refunded: bigint;
  readonly total: bigint;
}

function judgeStatus(shop: Shop, books: Books, trade: Trade, both: Both): string[] {
  const { ours, theirs } = both;
  const seen = books.rows.get(trade.no)?.seen ?? [];
  const told = theirs.notifications.filter(({ acknowledged }) => acknowledged);
  const untold = told.find(
    ({ notify_id: id, trade_status: status }) =>
      !seen.includes(status) && !books.forgottenMail.has(id),
  );
  if (untold !== undefined) return [`trade ${trade.no}: ${untold.trade_status} was not applied`];
  const isAllTold = told.length === theirs.notifications.length;
  const isPaymentForgotten = books.restoration !== null && !seen.includes('TRADE_SUCCESS');
  const must = isAllTold
    ? statusMustBe(shop, trade, both, {
        isPaymentForgotten,
        isCancelForgotten: isCancelForgotten(shop, books, trade),
      })
    : [ours.status];
  return must.includes(ours.status)
    ? []
    : [`trade ${trade.no}: status is ${ours.status}, must be ${must.join(' or ')}`];
}

/** What becomes of a payment, by the gateway's books. */
function statusMustBe(
  shop: Shop,
  trade: Trade,
  { theirs, refunded, total }: Both,
  {
    isPaymentForgotten,
    isCancelForgotten,
  }: { readonly isPaymentForgotten: boolean; readonly isCancelForgotten: boolean },
): string[] {
  if (theirs.cancelled) {
    // Where nobody had paid no file tells of the cancel: to Alipay it is a trade that is closed.
    const isPaid = theirs.gmt_payment !== null;
    const isNoDeedOfOurs = isCancelForgotten || trade.became.has('given back elsewhere');
    return isNoDeedOfOurs && !isPaid ? ['CANCELLED', 'CLOSED'] : ['CANCELLED'];
  }
  if (refunded === total) return ['REFUNDED'];
  const wasCancelAsked = shop.history.some(
    (entry) => entry.trade === trade && entry.kind === 'cancel',
  );
  switch (theirs.trade_status) {
    case 'TRADE_CLOSED':
      // It was never paid. A cancel of what is closed already is answered with success.
      return wasCancelAsked ? ['CLOSED', 'CANCELLED'] : ['CLOSED'];
    case 'TRADE_FINISHED':
      // By its last message alone, which a restored backup leaves, a payment is just paid.
      return isPaymentForgotten ? ['PAID', 'PARTIALLY_REFUNDED'] : ['FINISHED'];
    case 'TRADE_SUCCESS':
    case 'TRADE_PENDING':
      return [refunded > 0n ? 'PARTIALLY_REFUNDED' : 'PAID'];
    default:
      return ['AWAITING_PAYMENT'];
  }
}

/** Asked for since the backup alone, which holds nothing of it. */
function isCancelForgotten(shop: Shop, { restoration }: Books, trade: Trade): boolean {
  const first = shop.history.find((entry) => entry.kind === 'cancel' && entry.trade === trade);
  return first !== undefined && isForgotten(restoration, first);
}

/** The wallet is asked for until there is an answer, or a definite no. */
function judgeWallet(shop: Shop, trade: Trade, ours: OurTransaction): string[] {
  if (ours.paymentInstitutionCode === trade.wallet) return [];
  const wasRefused = shop.ordered.some(
    ({ about, mishap }) =>
      about === trade && mishap.service === OVERSEAS_QUERY && isRefusal(mishap.kind),
  );
  return ours.paymentInstitutionCode === null && wasRefused
    ? []
    : [`trade ${trade.no}: the wallet is ${ours.paymentInstitutionCode ?? 'unknown'}`];
}

function judgeTotals({ transactions, totals }: Books): string[] {
  const paid = transactions.filter(({ paidAt }) => paidAt !== null);
  const currencies = [...new Set(paid.map(({ amount }) => amount.currency))];
  const must = currencies.map((currency) => {
    const of = paid.filter(({ amount }) => amount.currency === currency);
    const gross = sumOf(of.map(({ amount }) => amount.amount));
    const refunded = sumOf(of.map(({ refundedAmount }) => refundedAmount.amount));
    return [currency, of.length, gross, refunded, gross - refunded].join(' ');
  });
  const are = totals.map(({ currency, count, gross, refunded, net }) =>
    [currency, count, sumOf([gross]), sumOf([refunded]), sumOf([net])].join(' '),
  );
  return are.sort().join() === must.sort().join()
    ? []
    : [`the totals are ${are.join()}, the rows say ${must.join()}`];
}

const STATUS_OF_CODE: Readonly<Record<string, string>> = {
  ACTIVE: 'ACTIVE',
  STOPPED: 'STOPPED',
  DELETED: 'DELETED',
};

/** A refusal of a repeat settles a change of a code that may have been made: no money moves there. */
function judgeCodes(shop: Shop, books: Books): string[] {
  const wasRefused =
    books.wasRefusedForAge ||
    shop.ordered.some(
      ({ about, mishap }) =>
        isRefusal(mishap.kind) &&
        (mishap.service === QRCODE_CREATE || (about !== null && !('no' in about))),
    );
  return books.codes.flatMap(({ id, code, status, changePending }) => {
    if (changePending) return [`code ${id} is still changing`];
    if (code === null) {
      return status === 'REJECTED' && wasRefused ? [] : [`code ${id} is ${status} without a code`];
    }
    const theirs = books.codesAtAlipay.get(code);
    if (theirs === undefined) return [`Alipay does not know the code ${id}`];
    return wasRefused || STATUS_OF_CODE[theirs.status] === status
      ? []
      : [`code ${id} is ${status}, and at Alipay ${theirs.status}`];
  });
}
