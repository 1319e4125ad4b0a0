import type { ReplicasSite } from './replicas-site';
import { waitFor } from './wait-for';

const SEEN_WITHIN_MS = 60_000;

/** What is not as it has to be once everybody has heard of everything; nothing when all is well. */
export async function findingsOf(site: ReplicasSite): Promise<string[]> {
  const trades = await site.gateway.books();
  await waitFor(
    'everything in the books',
    async () => {
      const [left] = await site.rows<{ left: number }>(LEFT, [trades.map((one) => one.trade_no)]);
      return left?.left === 0;
    },
    { withinMs: SEEN_WITHIN_MS },
  );
  return [...(await differencesOfBooks(site)), ...(await differencesOfTills(site))];
}

async function differencesOfBooks({ gateway, rows }: ReplicasSite): Promise<string[]> {
  const trades = await gateway.books();
  const ours = await rows<{ of: string; line: string }>(OURS);
  const lines = new Map(ours.map(({ of, line }) => [of, line]));
  const told = trades
    .flatMap(({ notifications }) => notifications)
    .filter(({ acknowledged }) => acknowledged)
    .map(({ notify_id: notifyId }) => notifyId);
  const kept = new Set(
    (await rows<{ id: string }>('select notify_id as id from notifications')).map(({ id }) => id),
  );
  return [
    ...trades.flatMap(({ trade_no: tradeNo, amount, refunded, refunds }) => {
      const theirs = `${amount} HKD, ${refunded} given back in ${refunds.length}, told 1 times`;
      const line = lines.get(tradeNo) ?? 'nothing';
      return line === theirs ? [] : [`${tradeNo}: ${line}, but at the gateway ${theirs}`];
    }),
    ...(ours.length === trades.length
      ? []
      : [`${ours.length} payments, and ${trades.length} trades`]),
    ...told.filter((id) => !kept.has(id)).map((id) => `${id} was answered success and is lost`),
  ];
}

/** Every till has to have shown every payment once, in the order of the books. */
async function differencesOfTills({
  rows,
  tills,
  first,
  counters,
}: ReplicasSite): Promise<string[]> {
  const events = await rows<{ trade: string; store: string }>(EVENTS, [first.tradeNo]);
  const storeId = Buffer.from(counters[1]?.store.id ?? '', 'base64url')
    .toString()
    .replace(/^\w+:/, '');
  const findings: string[] = [];
  for (const till of tills) {
    const mine = till.name.endsWith('of one store')
      ? events.filter(({ store }) => store === storeId)
      : events;
    const all = mine.map(({ trade }) => trade);
    await waitFor('all payments at a till', () => till.shown.length >= all.length, {
      withinMs: SEEN_WITHIN_MS,
    }).catch(() => undefined); // what it lacks is told below
    if (JSON.stringify(till.shown) === JSON.stringify(all)) continue;
    const lacks = all.filter((trade) => !till.shown.includes(trade));
    const twice = till.shown.filter((trade, index) => till.shown.indexOf(trade) !== index);
    findings.push(
      `${till.name}: showed ${till.shown.length} of ${all.length}, lacks ${lacks.join(' ')}, ` +
        `showed twice ${twice.join(' ')}; its lines ended: ${JSON.stringify([...till.ends])}`,
    );
  }
  return findings;
}

const LEFT = /* sql */ `
  select (select count(*) from unnest($1::text[]) t (trade_no)
          where not exists (select from transactions where alipay_trans_id = t.trade_no))::int
       + (select count(*) from notifications where status = 'RECEIVED')::int
       + (select count(*) from refunds where status = 'PENDING')::int as left`;

const OURS = /* sql */ `
  select alipay_trans_id as of,
    (amount_minor / 100.0)::numeric(12, 2) || ' ' || currency || ', '
    || (refunded_minor / 100.0)::numeric(12, 2) || ' given back in '
    || (select count(*) from refunds r where r.transaction_id = t.id and r.status = 'SUCCEEDED')
    || ', told '
    || (select count(*) from transaction_events e
        where e.transaction_id = t.id and e.type = 'PAYMENT_RECEIVED') || ' times' as line
  from transactions t`;

const EVENTS = /* sql */ `
  select t.alipay_trans_id as trade, e.store_id as store
  from transaction_events e join transactions t on t.id = e.transaction_id
  where e.type = 'PAYMENT_RECEIVED' and t.alipay_trans_id <> $1
  order by e.position`;
