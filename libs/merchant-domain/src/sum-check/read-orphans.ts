import { type ClientBase } from 'pg';

import { CALL_COLUMNS, CALL_GROUPS } from './call-columns';
import { type Disagreement, disagreement } from './disagreement';
import {
  type Bounds,
  CANCEL,
  type CallOnRecord,
  inWords,
  REFUND_QUERY,
  ripe,
  SPOT_REFUND,
  TRADE_QUERY,
} from './payment-file';
import { CODE_NAMED, QR_CODE_SERVICES } from './read-qr-code-files';
import { saysMade } from './refund-sums.rules';

/** A kind of record that points at nothing: how they are found, and what each means. */
export interface Orphans<Row extends { readonly id: string }> {
  /** Those after the id $1, $2 at most, in the order of their ids. */
  readonly sql: string;
  readonly findingOf: (row: Row, at: Bounds) => Disagreement | undefined;
}

const ORPHAN_REFUNDS: Orphans<{ id: string; transactionId: string }> = {
  sql: /* sql */ `
    select r.id, r.transaction_id as "transactionId" from refunds r
    left join transactions t on t.id = r.transaction_id
    where t.id is null and r.id > $1 order by r.id limit $2`,
  findingOf: ({ id, transactionId }) =>
    disagreement('REFUND_WITHOUT_TRANSACTION', id, {
      field: 'transactionId',
      books: transactionId,
      evidence: null,
    }),
};

const ORPHAN_EVENTS: Orphans<{ id: string; type: string; transactionId: string }> = {
  sql: /* sql */ `
    select e.id, e.type, e.transaction_id as "transactionId" from transaction_events e
    left join transactions t on t.id = e.transaction_id
    where t.id is null and e.id > $1 order by e.id limit $2`,
  findingOf: ({ id, type, transactionId }) =>
    disagreement('EVENT_WITHOUT_RECORD', id, {
      field: 'transactionId',
      books: null,
      evidence: `${type} of transaction ${transactionId}`,
    }),
};

const SHARED_POSITIONS: Orphans<{ id: string; position: string }> = {
  sql: /* sql */ `
    select max(id::text)::uuid as id, position::text from transaction_events group by position
    having count(*) > 1 and max(id::text)::uuid > $1 order by 1 limit $2`,
  findingOf: ({ id, position }) =>
    disagreement('EVENT_POSITION', id, {
      field: 'position',
      books: position,
      evidence: 'shared with another event',
    }),
};

/** Calls whose record names no payment, or one that is not there. */
const UNLINKED_CALLS: Orphans<CallOnRecord & { isKnown: boolean; isRefundKnown: boolean }> = {
  sql: /* sql */ `
    select ${CALL_COLUMNS},
      exists (select from transactions t where t.alipay_trans_id in (
          c.request->>'alipay_trans_id', c.request->>'trade_no', c.response->>'alipay_trans_id')
        or t.partner_trans_id in (c.request->>'partner_trans_id', c.request->>'out_trade_no'))
        as "isKnown",
      case when c.service = '${TRADE_QUERY}' then false else exists (select from refunds r
        where r.partner_refund_id = coalesce(c.request->>'partner_refund_id', c.request->>'out_return_no'))
      end as "isRefundKnown"
    from gateway_calls c left join transactions l on l.id = c.transaction_id
    where l.id is null and c.id > $1 and c.service in ('${[SPOT_REFUND, REFUND_QUERY, CANCEL, TRADE_QUERY].join("', '")}')
    group by c.id, ${CALL_GROUPS} order by c.id limit $2`,
  findingOf: (call, at) => {
    if (ripe([call], at) === undefined) return undefined;
    if (call.service === TRADE_QUERY) return call.isKnown ? undefined : unknownPayment(call);
    const mayHaveMoved = saysMade(call) || isSentAndNotRefused(call);
    if (!mayHaveMoved || (call.service !== CANCEL && call.isRefundKnown)) return undefined;
    return disagreement('CALL_WITHOUT_TRANSACTION', call.id, {
      field: 'transactionId',
      books: null,
      evidence: inWords(call),
    });
  },
};

function isSentAndNotRefused({ service, outcome }: CallOnRecord): boolean {
  return (service === SPOT_REFUND || service === CANCEL) && outcome !== 'REJECTED';
}

/** Alipay's answer named a trade with its amount, which is enough to make a record of. */
function unknownPayment(call: CallOnRecord): Disagreement | undefined {
  const { outcome, tradeNo, amount, tradeStatus } = call;
  if (outcome !== 'SUCCEEDED' || tradeStatus === null || amount === null) return undefined;
  if (/^0(\.0+)?$/.test(amount)) return undefined;
  return disagreement('PAYMENT_UNKNOWN', call.id, {
    field: 'alipayTransId',
    books: null,
    evidence: `${tradeNo ?? 'a trade'} ${tradeStatus} ${amount} (${inWords(call)})`,
  });
}

/** Codes that Alipay issued or changed, and the books do not hold; one that is being made may wait. */
const UNKNOWN_CODES: Orphans<{
  id: string;
  service: string;
  code: string | null;
  startedAt: Date;
}> = {
  sql: /* sql */ `
    select c.id, c.service, ${CODE_NAMED} as code, c.started_at as "startedAt" from gateway_calls c
    where c.service in ('${QR_CODE_SERVICES.join("', '")}') and c.outcome = 'SUCCEEDED'
      and not exists (select from qr_codes q where q.code = ${CODE_NAMED})
      and not exists (select from qr_codes q where q.store_id = c.store_id and q.pending_change = 'CREATE')
      and c.id > $1 order by c.id limit $2`,
  findingOf: ({ id, service, code, startedAt }, { now, graceMs }) =>
    startedAt.getTime() + graceMs > now.getTime()
      ? undefined
      : disagreement('QR_CODE_UNKNOWN', id, {
          field: 'code',
          books: null,
          evidence: `${code ?? 'a code'} (${service} SUCCEEDED at ${startedAt.toISOString()})`,
        }),
};

/** Every record that points at nothing, in one row each. */
export async function* readOrphans(
  client: ClientBase,
  limit: number,
  at: Bounds,
): AsyncGenerator<Disagreement> {
  yield* findingsOf(client, ORPHAN_REFUNDS, limit, at);
  yield* findingsOf(client, ORPHAN_EVENTS, limit, at);
  yield* findingsOf(client, SHARED_POSITIONS, limit, at);
  yield* findingsOf(client, UNLINKED_CALLS, limit, at);
  yield* findingsOf(client, UNKNOWN_CODES, limit, at);
}

async function* findingsOf<Row extends { readonly id: string }>(
  client: ClientBase,
  { sql, findingOf }: Orphans<Row>,
  limit: number,
  at: Bounds,
): AsyncGenerator<Disagreement> {
  let afterId = FIRST_ID;
  for (;;) {
    const { rows } = await client.query<Row>(sql, [afterId, limit]);
    for (const row of rows) {
      const finding = findingOf(row, at);
      if (finding !== undefined) yield finding;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    afterId = last.id;
  }
}

/** Before every id. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
