import { SPOT_REFUND } from '../lost-answers';
import { minorOf, mostMinorOf, sumOf } from './amounts';
import { earlier, judgeCodes, refusalsOf } from './entries';
import type { Books, OurTransaction } from './read-books';
import type { Answer, Entry, Shop, Trade } from './shop';

interface Asked {
  readonly idempotencyKey: string;
  readonly amount?: { readonly amount: string; readonly currency: string };
  readonly reason?: string;
}

/** What a refund may be answered with, by all that was asked before. */
export function judgeRefund(shop: Shop, books: Books, entry: Entry, answer: Answer): string[] {
  const { trade } = entry;
  const ours = books.transactions.find(({ id }) => id === entry.input['transactionId']);
  // Told of by a statement alone, which does not say where: of no store's books, and judged by the files.
  const isPlaceless = trade !== undefined && books.rows.get(trade.no)?.store_id === null;
  if (ours === undefined && isPlaceless) return [];
  if (trade === undefined || ours === undefined) return ['is about a payment that is not there'];
  return answer.userErrors.length > 0
    ? judgeRefusal(shop, ours, trade, entry, answer)
    : judgeGrant(shop, ours, trade, entry, answer);
}

function judgeRefusal(
  shop: Shop,
  ours: OurTransaction,
  trade: Trade,
  entry: Entry,
  answer: Answer,
): string[] {
  const { currency } = shop.schedule;
  const asked = askedOf(entry);
  const others = earlier(shop, entry, 'refund');
  const mayBeGiven = sumOf(
    ours.refunds.filter(({ id }) => id !== answer.refund?.id).map(({ amount }) => amount.amount),
  );
  const minor = asked.amount?.currency === currency ? minorOf(asked.amount.amount) : 1n;
  const wasCancelled = earlier(shop, entry, 'cancel').length > 0;
  const isOver = trade.became.size > 0 || !trade.wasPaidAtOnce;
  const failed = answer.refund ?? null;
  const rejected = answer.userErrors.some(({ code }) => code === 'ALIPAY_REJECTED');
  return [
    ...judgeCodes(answer, {
      AMOUNT_EXCEEDS_REFUNDABLE: minor + mayBeGiven > trade.minor || minor > trade.minor,
      NOT_ALLOWED_IN_STATE: wasCancelled || isOver || mayBeGiven >= trade.minor,
      IDEMPOTENCY_CONFLICT: others.some(
        (other) =>
          askedOf(other).idempotencyKey === asked.idempotencyKey &&
          contentOf(other) !== contentOf(entry),
      ),
      CURRENCY_MISMATCH: asked.amount !== undefined && asked.amount.currency !== currency,
      INVALID_INPUT: minor === 0n || minor > mostMinorOf(currency),
      ALIPAY_REJECTED:
        refusalsOf(shop, entry, SPOT_REFUND).length > 0 ||
        wasCancelled ||
        isOver ||
        others.length > 0,
    }),
    ...(rejected && ours.refunds.find(({ id }) => id === failed?.id)?.status !== 'FAILED'
      ? ['was called refused, and is not on record as failed']
      : []),
  ];
}

function judgeGrant(
  shop: Shop,
  ours: OurTransaction,
  trade: Trade,
  entry: Entry,
  answer: Answer,
): string[] {
  const asked = askedOf(entry);
  const { refund, replayed } = answer;
  if (refund === null || refund === undefined) return ['was granted without a refund'];
  const same = earlier(shop, entry, 'refund').filter(
    (other) => askedOf(other).idempotencyKey === asked.idempotencyKey,
  );
  const alike = same.filter((other) => contentOf(other) === contentOf(entry));
  const known = same.find(
    (other) => other.end < entry.start && other.answer?.refund?.status === 'SUCCEEDED',
  );
  const closed = earlier(shop, entry, 'resolve').filter(({ end, answer: by }) =>
    same.some(({ answer: one }) => end < entry.start && one?.refund?.id === by?.refund?.id),
  );
  const last = ours.refunds.find(({ id }) => id === refund.id);
  const amount = asked.amount && minorOf(asked.amount.amount);
  const given = minorOf(refund.amount.amount);
  return [
    ...(amount !== undefined && amount !== given ? ['is of another amount than was asked'] : []),
    ...(given <= 0n || given > trade.minor ? ['is of an impossible amount'] : []),
    ...(replayed === true && alike.length === 0 ? ['is called a replay of nothing'] : []),
    ...(known !== undefined && (replayed !== true || known.answer?.refund?.id !== refund.id)
      ? [`is not the refund ${known.answer?.refund?.id ?? ''} that its key stands for`]
      : []),
    // It may have been made all the same: the next of its name would be another one to Alipay.
    ...(closed.length > 0 && alike.length === 0
      ? ['takes the key of a refund that a person closed']
      : []),
    ...(last === undefined ? ['is not on record'] : []),
    ...(refund.status === 'SUCCEEDED' && last?.status !== 'SUCCEEDED'
      ? ['was answered as made, and is not']
      : []),
    ...(refund.status === 'FAILED' && refund.attempts < 2
      ? ['has failed, and nothing refuses it']
      : []),
  ];
}

function askedOf(entry: Entry): Asked {
  return entry.input as unknown as Asked; // as run-schedule made it
}

function contentOf(entry: Entry): string {
  const { amount, reason } = askedOf(entry);
  return JSON.stringify([amount, reason]);
}
