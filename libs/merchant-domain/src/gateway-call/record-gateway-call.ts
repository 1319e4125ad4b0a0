import { type GatewayCallReport } from '@countersign/alipay-services';

import { commitTogether } from '../database/commit-together';
import { type Database } from '../database/open-database';
import { type DomainLog } from '../domain';
import { currentActor } from './acting-as';

const BATCH_MAX = 100;
const QUEUE_MAX = 1_000;
/** A question moves nothing, and questions come many at a time: their records wait for each other. */
const QUESTION_LINGERS_MS = 20;
const QUESTION = /\.query(?:Status)?$/;

/**
 * What createAlipayClient tells of each call, kept for support and audit. Secrets and buyers are
 * masked before they come here. Never throws: no call fails because its record could not be kept.
 *
 * A call is answered only when its record is committed, many with one commit. A process that dies
 * in between loses the record and never the deed: that is a row of its own, committed before the
 * call left, and asked about until its outcome is known.
 */
export function recordGatewayCall(
  database: Database,
  { newId, log }: { readonly newId: () => string; readonly log?: DomainLog | undefined },
): (report: GatewayCallReport) => Promise<void> {
  const together = commitTogether<RecordedCall, undefined>({
    write: async (calls) => {
      await database.manager.query(INSERT, [JSON.stringify(calls)]);
      return [];
    },
    batchMax: BATCH_MAX,
    queueMax: QUEUE_MAX,
    connections: 1,
    lingerMs: ({ service }) => (QUESTION.test(service) ? QUESTION_LINGERS_MS : 0),
  });
  return async (report) => {
    try {
      await together.add(recorded(report, newId()));
    } catch (error) {
      log?.error('the record of a call to Alipay was not kept', {
        service: report.service,
        outcome: report.outcome,
        error,
      });
    }
  };
}

/** As the statement below reads it. */
type RecordedCall = ReturnType<typeof recorded>;

function recorded(report: GatewayCallReport, id: string) {
  const { request } = report;
  return {
    id,
    service: report.service,
    outcome: report.outcome,
    alipay_code: report.alipayCode ?? null,
    cause: report.cause ?? null,
    started_at: report.startedAt,
    duration_ms: report.durationMs,
    request,
    response: report.response ?? null,
    actor: currentActor(),
    alipay_trans_id: request['alipay_trans_id'] ?? request['trade_no'] ?? null,
    partner_trans_id: request['partner_trans_id'] ?? request['out_trade_no'] ?? null,
    code: request['qrcode'] ?? null,
    ...placeIn(request),
  };
}

/**
 * With the trade that the request speaks of, and the store of that trade, code or content. Each is
 * looked for by itself, so that a plan never has to choose between an index and a whole table.
 */
const INSERT = /* sql */ `
  insert into gateway_calls
    (id, service, outcome, alipay_code, cause, started_at, duration_ms, request, response,
     actor, transaction_id, store_id)
  select call.id, service, outcome, alipay_code, cause, started_at, duration_ms, request, response,
    actor, trade.id,
    coalesce(
      trade.store_id,
      (select store_id from qr_codes where qr_codes.code = call.code),
      (select s.id from stores s join merchants m on m.id = s.merchant_id
       where m.alipay_merchant_id = call.merchant and s.alipay_store_id = call.store))
  from json_to_recordset($1) as call
    (id uuid, service text, outcome text, alipay_code text, cause text, started_at timestamptz,
     duration_ms int, request jsonb, response jsonb, actor text, alipay_trans_id text, partner_trans_id text,
     code text, merchant text, store text)
  left join lateral (
    select coalesce(
      (select t.id from transactions t where t.alipay_trans_id = call.alipay_trans_id),
      (select t.id from transactions t where t.partner_trans_id = call.partner_trans_id
       order by t.listed_at desc limit 1)) as id
    offset 0
  ) as named on true
  left join lateral (
    select t.id, t.store_id from transactions t where t.id = named.id offset 0
  ) as trade on true`;

/** A registration names its store in fields of its own, a code in its content. */
function placeIn({ biz_data: bizData, ...fields }: Readonly<Record<string, string>>): {
  merchant: string | null;
  store: string | null;
} {
  const content: unknown = bizData === undefined ? fields : JSON.parse(bizData);
  return {
    merchant: textIn(content, 'secondary_merchant_id'),
    store: textIn(content, 'store_id'),
  };
}

function textIn(content: unknown, name: string): string | null {
  if (typeof content !== 'object' || content === null) return null;
  const value: unknown = Reflect.get(content, name);
  return typeof value === 'string' ? value : null;
}
