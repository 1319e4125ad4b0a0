import { formatAmount } from '@countersign/alipay-protocol';

import { SPOT_REFUND } from '../lost-answers';
import { minorOf, mostMinorOf, sumOf } from './amounts';
import { earlier, judgeCodes, refusalsOf } from './entries';
import type { Books, OurTransaction } from './read-books';
import { isForgotten, isInDoubt } from './restoration';
import type { RefundShape } from '../shapes';
import type { Answer, Entry, Shop, Trade } from './shop';

interface Asked {
  readonly idempotencyKey: string;
  readonly amount?: { readonly amount: string; readonly currency: string };
  readonly reason?: string;
}

/** What a refund may be answered with, by all that was asked before. */
export function judgeRefund(shop: Shop, books: Books, entry: Entry, answer: Answer): string[] {
  const { trade } = entry;
  const ours = books.transactions.find(({ alipayTransId: no }) => no === trade?.no);
  // Told of by a statement alone, which does not say where: of no store's books, and judged by the files.
  const isPlaceless = trade !== undefined && books.rows.get(trade.no)?.store_id === null;
  if (ours === undefined && isPlaceless) return [];
  if (trade === undefined || ours === undefined) return ['is about a payment that is not there'];
  return answer.userErrors.length > 0
    ? judgeRefusal(shop, books, ours, trade, entry, answer)
    : judgeGrant(shop, books, ours, trade, entry, answer);
}

function judgeRefusal(
  shop: Shop,
  { restoration }: Books,
  ours: OurTransaction,
  trade: Trade,
  entry: Entry,
  answer: Answer,
): string[] {
  const { currency } = shop.schedule;
  const asked = askedOf(entry);
  const others = earlier(shop, entry, 'refund');
  const isLost = isForgotten(restoration, entry);
  const mayBeGiven = sumOf([
    ...[...ours.refunds, ...(isLost ? forgotten(others, ours) : [])]
      .filter(({ id }) => id !== answer.refund?.id)
      .map(({ amount }) => amount.amount),
    ...(isLost ? unanswered(others, trade, currency) : []),
  ]);
  const minor = asked.amount?.currency === currency ? minorOf(asked.amount.amount) : 1n;
  const wasCancelled = earlier(shop, entry, 'cancel').length > 0;
  const isOver = trade.became.size > 0 || !trade.wasPaidAtOnce;
  const failed = answer.refund ?? null;
  const rejected = answer.userErrors.some(({ code }) => code === 'ALIPAY_REJECTED');
  return [
    ...judgeCodes(answer, {
      AMOUNT_EXCEEDS_REFUNDABLE: minor + mayBeGiven > trade.minor || minor > trade.minor,
      NOT_ALLOWED_IN_STATE:
        wasCancelled || isOver || mayBeGiven >= trade.minor || isInDoubt(restoration, entry),
      ALIPAY_UNAVAILABLE: isInDoubt(restoration, entry),
      IDEMPOTENCY_CONFLICT: others.some(
        (other) =>
          askedOf(other).idempotencyKey === asked.idempotencyKey &&
          (contentOf(other) !== contentOf(entry) ||
            // All that was left was another amount then.
            (isInDoubt(restoration, entry) && asked.amount === undefined)),
      ),
      CURRENCY_MISMATCH: asked.amount !== undefined && asked.amount.currency !== currency,
      INVALID_INPUT: minor === 0n || minor > mostMinorOf(currency),
      ALIPAY_REJECTED:
        refusalsOf(shop, entry, SPOT_REFUND).length > 0 ||
        wasCancelled ||
        isOver ||
        others.length > 0,
    }),
    ...(rejected && !isLost && ours.refunds.find(({ id }) => id === failed?.id)?.status !== 'FAILED'
      ? ['was called refused, and is not on record as failed']
      : []),
  ];
}

function judgeGrant(
  shop: Shop,
  { restoration }: Books,
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
  const closed = earlier(shop, entry, 'resolve').filter(
    (by) =>
      !isForgotten(restoration, by) &&
      same.some(
        ({ answer: one }) => by.end < entry.start && one?.refund?.id === by.answer?.refund?.id,
      ),
  );
  // What a restored backup lacks comes back under another id of ours, if it was made.
  const isLost = isForgotten(restoration, entry);
  const last =
    ours.refunds.find(({ id }) => id === refund.id) ??
    (isLost
      ? ours.refunds.find((one) => isSame(one, refund) && one.status === 'SUCCEEDED')
      : undefined);
  const amount = asked.amount && minorOf(asked.amount.amount);
  const given = minorOf(refund.amount.amount);
  return [
    ...(amount !== undefined && amount !== given ? ['is of another amount than was asked'] : []),
    ...(given <= 0n || given > trade.minor ? ['is of an impossible amount'] : []),
    ...(replayed === true && alike.length === 0 ? ['is called a replay of nothing'] : []),
    ...(known !== undefined && !isReplayOf(known, answer, isForgotten(restoration, known))
      ? [`is not the refund ${known.answer?.refund?.id ?? ''} that its key stands for`]
      : []),
    // It may have been made all the same: the next of its name would be another one to Alipay.
    ...(closed.length > 0 && alike.length === 0
      ? ['takes the key of a refund that a person closed']
      : []),
    ...(last === undefined && !(isLost && refund.status !== 'SUCCEEDED')
      ? ['is not on record']
      : []),
    ...(refund.status === 'SUCCEEDED' && last?.status !== 'SUCCEEDED'
      ? ['was answered as made, and is not']
      : []),
    ...(refund.status === 'FAILED' && refund.attempts < 2
      ? ['has failed, and nothing refuses it']
      : []),
  ];
}

/** Refunds that were answered, and are under no such id in our books. */
function forgotten(others: readonly Entry[], ours: OurTransaction): RefundShape[] {
  const answered = others.flatMap(({ answer }) => answer?.refund ?? []);
  return answered.filter(({ id }) => ours.refunds.every((one) => one.id !== id));
}

/** What may have been opened before a kill, and is as forgotten as whoever heard no answer. */
function unanswered(others: readonly Entry[], { minor }: Trade, currency: string): string[] {
  return others
    .filter(({ answer }) => answer === undefined)
    .map((other) => askedOf(other).amount?.amount ?? formatAmount({ minor, currency }));
}

function isSame(one: RefundShape, other: RefundShape): boolean {
  return one.partnerRefundId === other.partnerRefundId && one.amount.amount === other.amount.amount;
}

/** Where a restored backup lacks the first, the second is it all the same. */
function isReplayOf({ answer: first }: Entry, second: Answer, isLost: boolean): boolean {
  if (first?.refund == null || second.refund == null) return false;
  // Until Alipay has told of which amount it is, it is open.
  return isLost
    ? isSame(first.refund, second.refund) || second.refund.status === 'PENDING'
    : second.replayed === true && first.refund.id === second.refund.id;
}

function askedOf(entry: Entry): Asked {
  return entry.input as unknown as Asked; // as run-schedule made it
}

function contentOf(entry: Entry): string {
  const { amount, reason } = askedOf(entry);
  return JSON.stringify([amount, reason]);
}
