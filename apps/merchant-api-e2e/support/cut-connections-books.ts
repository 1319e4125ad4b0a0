import type { CutSite } from './cut-connections-site';
import { nameOf } from './cut-connections-site';
import { inTurns } from './in-turns';
import { ACQUIRE_CANCEL, SPOT_REFUND } from './lost-answers';

interface OurPayment {
  readonly cancel: string | null;
  readonly cancel_attempts: number;
  readonly partner_trans_id: string;
  readonly status: string;
  readonly refunded: string;
  readonly pending: string;
  readonly refunds: readonly {
    readonly id: string;
    readonly partner_refund_id: string;
    readonly amount: string;
    readonly status: string;
    readonly attempts: number;
  }[];
  readonly events: readonly string[];
}

const OUR_PAYMENT = `
  select t.cancel_status as cancel, t.cancel_attempts, t.partner_trans_id, t.status,
    (t.refunded_minor / 100.0)::numeric(12, 2)::text as refunded,
    (t.pending_refund_minor / 100.0)::numeric(12, 2)::text as pending,
    coalesce((select json_agg(json_build_object('id', r.id, 'partner_refund_id', r.partner_refund_id,
      'amount', (r.amount_minor / 100.0)::numeric(12, 2)::text, 'status', r.status,
      'attempts', r.attempts)) from refunds r where r.transaction_id = t.id), '[]') as refunds,
    (select json_agg(concat_ws(' ', e.type, e.refund_id) order by e.position)
      from transaction_events e where e.transaction_id = t.id) as events
  from transactions t where t.alipay_trans_id = $1`;

/** Where our books of these payments, the gateway's, the events and the calls do not say the same. */
export async function findingsAboutPayments(
  site: CutSite,
  tradeNos: readonly string[],
): Promise<string[]> {
  const sent = countCalls(site);
  const findings = await inTurns([...new Set(tradeNos)], async (tradeNo) => {
    const theirs = await site.world.gateway.bookedTrade(tradeNo);
    const [ours] = await site.rows<OurPayment>(OUR_PAYMENT, [tradeNo]);
    if (ours === undefined) return [`${tradeNo} is not in our books`];
    const made = ours.refunds.filter(({ status }) => status === 'SUCCEEDED');
    const expectedEvents = [
      'PAYMENT_RECEIVED',
      ...ours.refunds.flatMap(({ id, status }) => [
        `REFUND_REQUESTED ${id}`,
        ...(status === 'PENDING' ? [] : [`REFUND_${status} ${id}`]),
      ]),
      ...(ours.cancel === null ? [] : ['CANCEL_REQUESTED']),
      ...(ours.cancel === 'DONE' ? ['CANCELLED'] : []),
      ...(ours.cancel === 'FAILED' ? ['CANCEL_FAILED'] : []),
    ];
    return differences(tradeNo, {
      refunds: [
        made.map(({ partner_refund_id: id, amount }) => `${id} ${amount}`).sort(),
        theirs.refunds
          .filter(({ partner_refund_id: id }) => !isOpen(ours, id))
          .map(({ partner_refund_id: id, amount, status }) =>
            status === 'SUCCESS' ? `${id} ${amount}` : `${id} is ${status}`,
          )
          .sort(),
      ],
      cancelled: [
        { cancelled: ours.cancel === 'DONE', paid: ours.status !== 'CANCELLED' },
        { cancelled: theirs.cancelled, paid: !theirs.cancelled },
      ],
      sums: [
        ours.pending === '0.00' ? ours.refunded : '',
        ours.pending === '0.00' ? theirs.refunded : '',
      ],
      events: [[...ours.events].sort(), expectedEvents.sort()],
      'calls sent without being counted': [
        [
          ...ours.refunds
            .filter(({ partner_refund_id: id, attempts }) => sent(SPOT_REFUND, id) > attempts)
            .map(({ partner_refund_id: id }) => id),
          ...(sent(ACQUIRE_CANCEL, ours.partner_trans_id) > ours.cancel_attempts ? ['cancel'] : []),
        ],
        [],
      ],
    });
  });
  return findings.flat();
}

/** Where a code is another in our books than in the gateway's. */
export async function findingsAboutCodes(site: CutSite, ids: readonly string[]): Promise<string[]> {
  const theirs = await site.world.gateway.codes();
  const ours = await site.rows<{ code: string; status: string; name: string; store: string }>(
    `select c.code, c.status, s.name, s.alipay_store_id as store
     from qr_codes c join stores s on s.id = c.store_id where c.status <> 'REJECTED'`,
  );
  return ids.flatMap((id) =>
    differences(id, {
      code: [
        ours
          .filter(({ code, store }) => code === id || store === id)
          .map(({ code, status, name }) => [code, status, name]),
        theirs
          .filter(({ qrcode, store_id: store }) => qrcode === id || store === id)
          .map(({ qrcode, status, store_name: name }) => [qrcode, status, name]),
      ],
    }),
  );
}

/** How many whole requests the proxy has seen about a deed; a refused one, and one too late, too. */
export function countCalls({ proxy }: CutSite): (service: string, id: string) => number {
  const counts = new Map<string, number>();
  for (const { fields } of proxy.exchanges) {
    const name = nameOf(fields);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return (service, id) => counts.get(`${service} ${id}`) ?? 0;
}

function isOpen({ refunds }: OurPayment, id: string): boolean {
  return refunds.some(({ partner_refund_id: its, status }) => its === id && status === 'PENDING');
}

function differences(
  what: string,
  pairs: Readonly<Record<string, readonly [ours: unknown, theirs: unknown]>>,
): string[] {
  return Object.entries(pairs).flatMap(([name, pair]) => {
    const [ours, theirs] = pair.map((side) => JSON.stringify(side));
    return ours === theirs ? [] : [`${what}, ${name}: ${String(ours)} and not ${String(theirs)}`];
  });
}
