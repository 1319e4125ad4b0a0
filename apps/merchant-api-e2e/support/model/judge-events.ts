import { PORTAL } from '../elsewhere';
import type { EventShape } from '../shapes';
import type { Books, OurTransaction } from './read-books';
import { isForgotten } from './restoration';
import type { Entry, Shop } from './shop';

/** Whether the story of each payment is told once, in a possible order, and fits its books. */
export function judgeEvents(shop: Shop, books: Books): string[] {
  return books.transactions.flatMap((transaction) => {
    const trade = shop.trades.find(({ no }) => no === transaction.alipayTransId);
    const wasResolved = shop.history.some(
      (entry) => entry.kind === 'resolve' && entry.trade === trade,
    );
    const wasForgotten = (kind: Entry['kind']): boolean =>
      shop.history.some(
        (entry) =>
          entry.kind === kind && entry.trade === trade && isForgotten(books.restoration, entry),
      );
    const isElsewhere = trade?.became.has('given back elsewhere') === true;
    return judgeStory(transaction, { wasResolved, wasForgotten, isElsewhere }).map(
      (finding) =>
        `trade ${transaction.alipayTransId}: ${finding} (${transaction.timeline.nodes
          .map(({ type, status }) => `${type}→${status}`)
          .join(', ')})`,
    );
  });
}

function judgeStory(
  transaction: OurTransaction,
  {
    wasResolved,
    wasForgotten,
    isElsewhere,
  }: {
    readonly wasResolved: boolean;
    readonly wasForgotten: (kind: Entry['kind']) => boolean;
    /** Something may have been given back of it in Alipay's portal. */
    readonly isElsewhere: boolean;
  },
): string[] {
  const events = transaction.timeline.nodes;
  const of = (type: string): typeof events => events.filter((one) => one.type === type);
  const expect = (type: string, times: number): string[] =>
    of(type).length === times ? [] : [`${type} is told ${of(type).length} times, not ${times}`];
  const discrepancies = of('DISCREPANCY_FOUND');
  const isNotInBooks = isElsewhere || wasForgotten('refund');

  return [
    ...expect('PAYMENT_RECEIVED', transaction.paidAt === null ? 0 : 1),
    ...expect('CANCELLED', transaction.status === 'CANCELLED' ? 1 : 0),
    ...expect('CLAIMED', transaction.saleReference === null ? 0 : 1),
    ...transaction.refunds.flatMap(({ id, status, partnerRefundId }) => {
      const told = events
        .filter(({ refund, type }) => refund?.id === id && type !== 'DISCREPANCY_FOUND')
        .map(({ type }) => type);
      const end = status === 'SUCCEEDED' ? 'REFUND_SUCCEEDED' : 'REFUND_FAILED';
      // Of one that a restored backup lacks, or of the portal's, a file of Alipay's tells first.
      const isNews = wasForgotten('refund') || partnerRefundId.startsWith(PORTAL);
      const wasHealed = told.join() === 'REFUND_SUCCEEDED' && isNews;
      return wasHealed || told.join() === `REFUND_REQUESTED,${end}`
        ? []
        : [`the ${status} refund ${id} is told as ${told.join()}`];
    }),
    ...judgeOrder(events, isNotInBooks),
    ...judgeCancels(events, isElsewhere || wasForgotten('cancel')),
    ...(wasResolved ? [] : discrepancies)
      .filter(({ detail }) => !(isNotInBooks && isOfElsewhere(detail)))
      .map(({ detail }) => `a discrepancy that nothing explains: ${JSON.stringify(detail)}`),
    ...judgeStates(events.map(({ status }) => status)),
    ...(events.at(-1)?.status === transaction.status || events.length === 0
      ? []
      : [`the last event says ${events.at(-1)?.status ?? ''}, the record ${transaction.status}`]),
  ];
}

/** Of what was given back elsewhere, or what a restored backup lacks, a message may tell before the file does, or a closing that nothing of ours explains. */
function isOfElsewhere(detail: unknown): boolean {
  if (typeof detail !== 'object' || detail === null) return false;
  const { from, field } = detail as { readonly from?: unknown; readonly field?: unknown };
  return from === 'notification' || field === 'refundedAmount';
}

/**
 * Nothing is given back before it was paid. Of what a restored backup lacks Alipay may tell first that
 * it is closed, and the file of its day that it was paid.
 */
function judgeOrder(events: readonly EventShape[], isToldLate: boolean): string[] {
  if (isToldLate && events[0]?.status === 'CLOSED') return [];
  const received = events.findIndex(({ type }) => type === 'PAYMENT_RECEIVED');
  const refund = events.findIndex(({ type }) => type === 'REFUND_REQUESTED');
  return refund >= 0 && (received < 0 || received > refund)
    ? ['a refund comes before its payment']
    : [];
}

/** Each cancel that was asked for ends once before the next begins. */
function judgeCancels(events: readonly EventShape[], isToldLate: boolean): string[] {
  let isOpen = false;
  for (const { type } of events) {
    if (type === 'CANCEL_REQUESTED') {
      if (isOpen) return ['a cancel begins before the last one has ended'];
      isOpen = true;
    } else if (type === 'CANCELLED' || type === 'CANCEL_FAILED') {
      if (!isOpen && !(isToldLate && type === 'CANCELLED'))
        return ['a cancel ends that nobody asked for'];
      isOpen = false;
    }
  }
  return isOpen ? ['a cancel never ends'] : [];
}

const RANKS: Readonly<Record<string, number>> = {
  AWAITING_PAYMENT: 0,
  PAID: 1,
  PARTIALLY_REFUNDED: 2,
  FINISHED: 3,
  CLOSED: 4,
  CANCELLED: 5,
  REFUNDED: 5,
};

/** A state never goes back, and the last two are for ever. */
export function judgeStates(statuses: readonly string[]): string[] {
  return statuses.flatMap((status, index) => {
    const before = statuses[index - 1];
    if (before === undefined || before === status) return [];
    const isForward = (RANKS[status] ?? -1) > (RANKS[before] ?? 9);
    return isForward ? [] : [`the state goes from ${before} to ${status}`];
  });
}
