import { type GatewayCallReport } from '@countersign/alipay-services';

import { type Database } from '../database/open-database';
import { type DomainLog } from '../domain';

/**
 * What createAlipayClient tells of each call, kept for support and audit. Secrets and buyers are
 * masked before they come here. Never throws: no call fails because its record could not be kept.
 */
export function recordGatewayCall(
  database: Database,
  { newId, log }: { readonly newId: () => string; readonly log?: DomainLog | undefined },
): (report: GatewayCallReport) => Promise<void> {
  return async (report) => {
    try {
      await database.manager.query(INSERT, [
        newId(),
        report.service,
        report.outcome,
        report.alipayCode ?? null,
        report.cause ?? null,
        report.startedAt,
        report.durationMs,
        JSON.stringify(report.request),
        report.response === undefined ? null : JSON.stringify(report.response),
        ...idsIn(report.request),
      ]);
    } catch (error) {
      log?.error('the record of a call to Alipay was not kept', {
        service: report.service,
        outcome: report.outcome,
        error,
      });
    }
  };
}

/** With the trade that the request speaks of, and the store of that trade, code or content. */
const INSERT = /* sql */ `
  with trade as (
    select id, store_id from transactions where alipay_trans_id = $10 or partner_trans_id = $11
    order by listed_at desc limit 1
  )
  insert into gateway_calls
    (id, service, outcome, alipay_code, cause, started_at, duration_ms, request, response,
     transaction_id, store_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
    (select id from trade),
    coalesce(
      (select store_id from trade),
      (select store_id from qr_codes where code = $12),
      (select s.id from stores s join merchants m on m.id = s.merchant_id
       where m.alipay_merchant_id = $13 and s.alipay_store_id = $14)))`;

function idsIn(request: Readonly<Record<string, string>>): (string | null)[] {
  const { merchantId, storeId } = idsInBizData(request['biz_data']);
  return [
    request['alipay_trans_id'] ?? request['trade_no'] ?? null,
    request['partner_trans_id'] ?? request['out_trade_no'] ?? null,
    request['qrcode'] ?? null,
    merchantId,
    storeId,
  ];
}

function idsInBizData(bizData: string | undefined): {
  merchantId: string | null;
  storeId: string | null;
} {
  const content: unknown = bizData === undefined ? {} : JSON.parse(bizData);
  return {
    merchantId: textIn(content, 'secondary_merchant_id'),
    storeId: textIn(content, 'store_id'),
  };
}

function textIn(content: unknown, name: string): string | null {
  if (typeof content !== 'object' || content === null) return null;
  const value: unknown = Reflect.get(content, name);
  return typeof value === 'string' ? value : null;
}
