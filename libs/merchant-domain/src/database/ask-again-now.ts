import { type Domain } from '../domain';
import { inFlightUntil } from './claim-due';

/** What waits to be asked about, and when; a review takes its time, whoever was silent. */
const WAITING = [
  // Its call may be allowed more time, where it was made, than ours are.
  ['refunds', 'next_check_at', '(in_flight_until is null or in_flight_until <= $1)'],
  ['transactions', 'cancel_next_check_at', 'true'],
  ['transactions', 'institution_check_at', 'true'],
  ['qr_codes', 'next_check_at', 'true'],
  ['stores', 'registration_check_at', 'pending_registration is not null'],
] as const;

/**
 * Alipay answers again after a silence: what had come to wait for minutes is asked about now. What
 * comes due within the time of a call is left alone, because a call about it may be under way; so is
 * what somebody holds at this moment, who would otherwise wait for us and we for him.
 */
export async function askAgainNow(domain: Domain): Promise<number> {
  let hurried = 0;
  for (const [table, due, which] of WAITING) {
    const [, count]: [unknown, number] = await domain.database.manager.query(
      `update ${table} set ${due} = $1
       where id in (select id from ${table} where ${due} > $2 and ${which} for no key update skip locked)`,
      [domain.now(), inFlightUntil(domain, 2)],
    );
    hurried += count;
  }
  return hurried;
}
