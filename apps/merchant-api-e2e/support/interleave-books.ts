import { NEXT_TRANSACTION_STATUS, type TransactionStatus } from '@countersign/merchant-domain';

import type { Site } from './interleave-site';
import type { BookedTrade } from './simulator-control';

interface OurTrade {
  readonly id: string;
  readonly status: TransactionStatus;
  readonly amount_minor: string;
  readonly refunded_minor: string;
  readonly pending_refund_minor: string;
  readonly alipay_statuses_seen: readonly string[];
}

interface OurRefund {
  readonly id: string;
  readonly partner_refund_id: string;
  readonly amount_minor: string;
  readonly status: string;
}

interface OurEvent {
  readonly type: string;
  readonly status: TransactionStatus;
  readonly refund_id: string | null;
}

/** Where a trade's record, its events and the gateway's books break what always has to be true. */
export async function findingsAbout(site: Site, tradeNo: string): Promise<string[]> {
  const { rows, gateway } = site;
  const known = await rows<OurTrade>('select * from transactions where alipay_trans_id = $1', [
    tradeNo,
  ]);
  const [ours] = known;
  if (ours === undefined || known.length > 1) return [`${known.length} records of one trade`];
  const refunds = await rows<OurRefund>('select * from refunds where transaction_id = $1', [
    ours.id,
  ]);
  const events = await rows<OurEvent>(
    'select type, status, refund_id from transaction_events where transaction_id = $1 order by position',
    [ours.id],
  );
  const theirs = await gateway.bookedTrade(tradeNo);
  return [
    ...findingsInSums(ours, refunds),
    ...findingsInBothBooks(ours, refunds, theirs),
    ...findingsInEvents(ours, refunds, events),
  ];
}

function findingsInSums(ours: OurTrade, refunds: readonly OurRefund[]): string[] {
  const sumOf = (status: string): bigint =>
    refunds
      .filter((refund) => refund.status === status)
      .reduce((sum, refund) => sum + BigInt(refund.amount_minor), 0n);
  const given = sumOf('SUCCEEDED') + sumOf('PENDING');
  return wrong({
    'more given back than paid': given > BigInt(ours.amount_minor),
    'the sums are not those of the refunds':
      BigInt(ours.refunded_minor) !== sumOf('SUCCEEDED') ||
      BigInt(ours.pending_refund_minor) !== sumOf('PENDING'),
    'a refund is still open': sumOf('PENDING') > 0n,
  });
}

function findingsInBothBooks(
  ours: OurTrade,
  refunds: readonly OurRefund[],
  theirs: BookedTrade,
): string[] {
  const made = refunds
    .filter(({ status }) => status === 'SUCCEEDED')
    .map((refund) => `${refund.partner_refund_id} ${refund.amount_minor}`);
  const booked = theirs.refunds.map(
    (refund) => `${refund.partner_refund_id} ${minor(refund.amount)}`,
  );
  return [
    ...wrong({
      'a cancel and a refund both took money': theirs.cancelled && theirs.refunds.length > 0,
      'the gateway gave back more than was paid': minor(theirs.refunded) > minor(theirs.amount),
      'cancelled at the gateway alone':
        theirs.cancelled && !['CANCELLED', 'CLOSED'].includes(ours.status),
      'cancelled in our books alone':
        ours.status === 'CANCELLED' && theirs.trade_status !== 'TRADE_CLOSED',
    }),
    ...differences({
      'refunds in our books and theirs': [made.sort(), booked.sort()],
      'the status and what it follows from': [ours.status, statusOf(ours, theirs)],
    }),
  ];
}

function statusOf(ours: OurTrade, theirs: BookedTrade): string {
  const seen = (status: string): boolean => ours.alipay_statuses_seen.includes(status);
  if (theirs.cancelled) return ours.status === 'CANCELLED' ? 'CANCELLED' : 'CLOSED';
  if (minor(theirs.refunded) === minor(theirs.amount)) return 'REFUNDED';
  if (theirs.trade_status === 'TRADE_CLOSED')
    return ours.status === 'CANCELLED' ? 'CANCELLED' : 'CLOSED';
  if (theirs.trade_status === 'WAIT_BUYER_PAY') return 'AWAITING_PAYMENT';
  if (seen('TRADE_FINISHED') && seen('TRADE_SUCCESS')) return 'FINISHED';
  return minor(theirs.refunded) > 0n ? 'PARTIALLY_REFUNDED' : 'PAID';
}

function findingsInEvents(
  ours: OurTrade,
  refunds: readonly OurRefund[],
  events: readonly OurEvent[],
): string[] {
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  const ofRefunds = events
    .filter((event) => event.refund_id !== null)
    .map((event) => `${event.refund_id ?? ''} ${event.type}`);
  const isPaid = ours.alipay_statuses_seen.some((status) =>
    ['TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_PENDING'].includes(status),
  );
  return [
    ...differences({
      'PAYMENT_RECEIVED events': [count('PAYMENT_RECEIVED'), isPaid ? 1 : 0],
      'CANCELLED events': [count('CANCELLED'), ours.status === 'CANCELLED' ? 1 : 0],
      // Paid, and closed by no deed of ours: given back elsewhere.
      'DISCREPANCY_FOUND events': [
        count('DISCREPANCY_FOUND'),
        isPaid && ours.status === 'CLOSED' ? 1 : 0,
      ],
      'events of refunds': [
        ofRefunds.sort(),
        refunds
          .flatMap(({ id, status }) => [`${id} REFUND_REQUESTED`, `${id} REFUND_${status}`])
          .sort(),
      ],
      'the last event’s status': [events.at(-1)?.status ?? ours.status, ours.status],
    }),
    ...events.flatMap(({ status, type }, index) => {
      const before = events[index - 1]?.status ?? status;
      return canGo(before, status) ? [] : [`${type} went back from ${before} to ${status}`];
    }),
  ];
}

function canGo(from: TransactionStatus, to: TransactionStatus): boolean {
  const next: readonly TransactionStatus[] = NEXT_TRANSACTION_STATUS[from];
  return from === to || next.includes(to);
}

function minor(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}

function wrong(facts: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(facts).flatMap(([what, isSo]) => (isSo ? [what] : []));
}

export function differences(
  pairs: Readonly<Record<string, readonly [is: unknown, must: unknown]>>,
): string[] {
  return Object.entries(pairs).flatMap(([what, pair]) => {
    const [is, must] = pair.map((side) => JSON.stringify(side));
    return is === must ? [] : [`${what}: ${String(is)} and not ${String(must)}`];
  });
}
