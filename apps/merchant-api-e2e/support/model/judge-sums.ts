import type { Disagreement, DisagreementKind } from '@countersign/merchant-domain';

import { expectSumsAgree } from '../expect-sums-agree';
import { ACQUIRE_CANCEL } from '../lost-answers';
import type { BookedTrade } from '../simulator-control';
import type { Complaint, Site } from './site';

/** What the last call decides; calls bear the time of a clock that may have gone back between them. */
const BY_ORDER: readonly DisagreementKind[] = [
  'CANCEL_FAILED_UNPROVEN',
  'QR_CODE_DIFFERS',
  'QR_CODE_STATUS',
];

/** Whether the books of a round can be reckoned again from every message and call on record. */
export async function judgeSums(
  site: Site,
  trades: readonly BookedTrade[],
  /** Numbers of those that the books call cancelled, and that were given back in another way. */
  taken: readonly string[],
  complaints: readonly Complaint[],
  begun: { readonly id: string; readonly at: number },
): Promise<string[]> {
  const wentBack = hasGoneBack(site.timesSince(begun.at).map(({ product }) => product));
  const unpaid = trades.filter(({ gmt_payment: at }) => at === null);
  // A call whose record the database did not take is settled all the same.
  const hasLostRecords =
    site.weather.brokeConnections() ||
    complaints.some(({ fact }) => fact === 'the record of a call to Alipay was not kept');
  // Held up for longer than its lease a call does not leave, and is on no record.
  const neverSent = await site.rows<{ id: string }>(
    `select id from transactions t where cancel_status = 'FAILED' and not exists (
       select from gateway_calls c where c.transaction_id = t.id and c.service = $1)`,
    [ACQUIRE_CANCEL],
  );
  const elsewhere = trades
    .filter(({ trade_no: no }) => taken.includes(no))
    .flatMap(({ refunds }) => refunds.map(({ partner_refund_id: id }) => id));
  const isExplained = ({ id, kind, weight, evidence }: Disagreement): boolean =>
    id < begun.id || // judged in its own round
    ((wentBack || hasLostRecords) && BY_ORDER.includes(kind)) ||
    (hasLostRecords && weight === 'UNPROVEN') ||
    (kind === 'CANCEL_FAILED_UNPROVEN' && neverSent.some((cancel) => cancel.id === id)) ||
    (kind === 'REFUND_NOTICE_DIFFERS' && elsewhere.some((no) => evidence?.includes(no) === true)) ||
    // A kill between the answer and the books keeps the answer; a repeat may be refused for its age.
    (kind === 'QR_CODE_UNKNOWN' && hasLostRecords) ||
    // Of what nobody has paid nobody is told: a kill between the answer and the books keeps the answer.
    (kind === 'PAYMENT_UNKNOWN' &&
      hasLostRecords &&
      unpaid.some(({ trade_no: no }) => evidence?.includes(no) === true));
  return expectSumsAgree(site.databaseUrl, {
    now: () => site.now(),
    withinMs: 0,
    isExplained,
  }).then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
}

function hasGoneBack(times: readonly number[]): boolean {
  return times.some((time, index) => time < (times[index - 1] ?? time));
}
