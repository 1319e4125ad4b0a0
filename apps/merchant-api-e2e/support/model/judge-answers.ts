import {
  ACQUIRE_CANCEL,
  OVERSEAS_QUERY,
  QRCODE_CREATE,
  QRCODE_MODIFY,
  QRCODE_MODIFY_STATUS,
} from '../lost-answers';
import { earlier, judgeCodes, refusalsOf } from './entries';
import { isRefusal } from './faults';
import { judgeRefund } from './judge-refunds';
import type { Books } from './read-books';
import { isForgotten, isInDoubt } from './restoration';
import type { Answer, Entry, Shop } from './shop';
import type { Site } from './site';

/** Answers that nothing in the schedule allows. */
export function judgeAnswers(site: Site, shop: Shop, books: Books): string[] {
  return [
    ...shop.trouble,
    ...shop.history.flatMap((entry) => {
      const findings =
        entry.answer === undefined
          ? judgeSilence(site, entry)
          : judgeAnswer(site, shop, books, entry, entry.answer);
      return findings.map(
        (finding) =>
          `${entry.kind} ${JSON.stringify(entry.input)} ${finding}: ${JSON.stringify(
            entry.answer ?? entry.trouble,
          ).slice(0, 900)}`,
      );
    }),
  ];
}

/** Only what breaks connections leaves a question without an answer. */
function judgeSilence(site: Site, entry: Entry): string[] {
  return site.weather.wasRough(entry, 'answers') ? [] : ['got no answer, and the weather was fine'];
}

function judgeAnswer(site: Site, shop: Shop, books: Books, entry: Entry, answer: Answer): string[] {
  switch (entry.kind) {
    case 'refund':
      return judgeRefund(shop, books, entry, answer);
    case 'cancel':
      return judgeCancel(shop, books, entry, answer);
    case 'claim':
      return judgeClaim(shop, books, entry, answer);
    case 'refresh':
    case 'recover':
      return judgeLook(site, shop, books, entry, answer);
    case 'resolve':
      return judgeCodes(answer, { NOT_ALLOWED_IN_STATE: true });
    default:
      return judgeChangeOfCode(shop, books, entry, answer);
  }
}

function judgeCancel(shop: Shop, books: Books, entry: Entry, answer: Answer): string[] {
  const { trade } = entry;
  if (trade === undefined) return [];
  const refused = refusalsOf(shop, entry, ACQUIRE_CANCEL);
  const end = answer.transaction == null ? NaN : windowEndOf(answer.transaction.paidAt);
  const [alipayCode] = answer.userErrors.map((error) => error.alipayCode);
  const ended =
    alipayCode == null
      ? !(Math.max(...entry.productTime) < end)
      : !(Math.max(...entry.gatewayTime) < end) || refused.includes('refuse:TRADE_CANCEL_TIME_OUT');
  const hadRefunds = earlier(shop, entry, 'refund').length > 0;
  const isOver = trade.became.size > 0 || !trade.wasPaidAtOnce;
  // What is cancelled already is so again, at any time.
  const hadCancels =
    earlier(shop, entry, 'cancel').length > 0 || trade.became.has('given back elsewhere');
  return [
    ...judgeCodes(answer, {
      CANCEL_WINDOW_CLOSED: ended,
      NOT_ALLOWED_IN_STATE:
        hadRefunds || isOver || hadCancels || isInDoubt(books.restoration, entry),
      ALIPAY_UNAVAILABLE: isInDoubt(books.restoration, entry),
      ALIPAY_REJECTED: refused.length > 0 || isOver || isTooOld(books, entry, answer),
    }),
    ...(answer.userErrors.length === 0 &&
    !hadCancels &&
    trade.wasPaidAtOnce &&
    Math.min(...entry.productTime) >= end
      ? ['was sent after the end of its day']
      : []),
    ...(alipayCode === 'TRADE_CANCEL_TIME_OUT' &&
    !hadCancels &&
    trade.wasPaidAtOnce &&
    Math.min(...entry.productTime) >= end
      ? ['was sent after the end of its day, only to be refused']
      : []),
    ...(answer.userErrors.length === 0 &&
    answer.transaction?.status !== 'CANCELLED' &&
    answer.transaction?.cancelPending !== true &&
    !isClosedAtLast(books, trade.no)
      ? ['is neither done nor pending nor refused']
      : []),
  ];
}

/** Alipay's yes may come when a repeat had failed already: the payment is PAID until the query that follows. */
function isClosedAtLast({ transactions }: Books, no: string): boolean {
  const last = transactions.find(({ alipayTransId }) => alipayTransId === no);
  return last?.status === 'CANCELLED' || last?.status === 'CLOSED';
}

/** Its record may be forgotten, and have been written after those were read that will be. */
function isTooOld(
  { wasRefusedForAge, restoration }: Books,
  entry: Entry,
  { userErrors }: Answer,
): boolean {
  return (
    (wasRefusedForAge || isForgotten(restoration, entry)) &&
    userErrors.some(({ alipayCode }) => alipayCode === 'ILLEGAL_ARGUMENT')
  );
}

const DAY_MS = 24 * 60 * 60_000;
const BEIJING_MS = 8 * 60 * 60_000;

/** The Beijing midnight after a payment; of an unpaid one nothing is known here. */
function windowEndOf(paidAt: string | null): number {
  if (paidAt === null) return NaN;
  const day = Math.floor((Date.parse(paidAt) + BEIJING_MS) / DAY_MS);
  return (day + 1) * DAY_MS - BEIJING_MS;
}

function judgeClaim(shop: Shop, books: Books, entry: Entry, answer: Answer): string[] {
  const others = earlier(shop, entry, 'claim').filter(
    (other) => other.input['saleReference'] !== entry.input['saleReference'],
  );
  const isOver =
    entry.trade === undefined ||
    entry.trade.became.size > 0 ||
    !entry.trade.wasPaidAtOnce ||
    earlier(shop, entry, 'refund').length + earlier(shop, entry, 'cancel').length > 0;
  const last = books.transactions.find(({ alipayTransId: no }) => no === entry.trade?.no);
  const isLost =
    answer.userErrors.length === 0 &&
    !isForgotten(books.restoration, entry) &&
    last?.saleReference !== entry.input['saleReference'];
  return [
    ...judgeCodes(answer, { ALREADY_CLAIMED: others.length > 0, NOT_ALLOWED_IN_STATE: isOver }),
    ...(isLost ? [`was granted, and the payment belongs to ${String(last?.saleReference)}`] : []),
  ];
}

function judgeLook(site: Site, shop: Shop, books: Books, entry: Entry, answer: Answer): string[] {
  const no = entry.trade?.no ?? '';
  const wasUnknown =
    (books.rows.get(no)?.unknown_queries ?? 0) > 0 ||
    isForgotten(books.restoration, entry) || // and the calls with it
    site.weather.wasRough(entry, 'gateway') ||
    shop.ordered.some(({ about, mishap }) => about === entry.trade && !isRefusal(mishap.kind)) ||
    refusalsOf(shop, entry, OVERSEAS_QUERY).length > 0;
  return judgeCodes(answer, {
    ALIPAY_UNAVAILABLE: wasUnknown,
    ALIPAY_REJECTED: refusalsOf(shop, entry, OVERSEAS_QUERY).length > 0,
    NOT_FOUND: entry.kind === 'recover' && isOfForgottenCode(books, entry),
  });
}

/** A restored backup lacks the code, and it was not created again yet. */
function isOfForgottenCode({ restoration, codes }: Books, entry: Entry): boolean {
  return isInDoubt(restoration, entry) && codes.every(({ id }) => id !== entry.input['qrCodeId']);
}

function judgeChangeOfCode(shop: Shop, books: Books, entry: Entry, answer: Answer): string[] {
  const service =
    entry.kind === 'create'
      ? QRCODE_CREATE
      : entry.kind === 'modify'
        ? QRCODE_MODIFY
        : QRCODE_MODIFY_STATUS;
  const wasRefused = shop.ordered.some(
    ({ mishap }) => mishap.service === service && isRefusal(mishap.kind),
  );
  const others = shop.history.filter(
    (other) => other !== entry && other.code === entry.code && other.start <= entry.end,
  );
  const wasDeleted = others.some(({ kind }) => kind === 'delete');
  // A busy machine alone may let a create time out.
  const isCreateOpen = shop.history.some(
    (other) =>
      other.kind === 'create' &&
      other.start <= entry.end &&
      (other.answer === undefined || other.answer.qrCode?.status === 'PENDING'),
  );
  return judgeCodes(answer, {
    ALIPAY_REJECTED: wasRefused || wasDeleted || isTooOld(books, entry, answer),
    NOT_FOUND: isOfForgottenCode(books, entry),
    NOT_ALLOWED_IN_STATE:
      entry.kind !== 'create' &&
      (others.length > 0 ||
        isCreateOpen ||
        books.wasRefusedForAge || // perhaps its create
        shop.ordered.some(({ mishap }) => mishap.service === QRCODE_CREATE)),
  });
}
