import { type ClientBase } from 'pg';

import {
  CREATE_CODE,
  MODIFY_CODE,
  MODIFY_CODE_STATUS,
  type QrCodeAgreement,
  type QrCodeFile,
  type QrCodeOnBooks,
} from './qr-code-sums.rules';

export const QR_CODE_SERVICES = [CREATE_CODE, MODIFY_CODE, MODIFY_CODE_STATUS];

/** The code that a call speaks of: the one it names, or the one that was issued. */
export const CODE_NAMED = `coalesce(c.request->>'qrcode', c.response->>'qrcode')`;

/** The codes after that id, so many at most, each with what Alipay agreed to. */
export async function readQrCodeFiles(
  client: ClientBase,
  afterId: string,
  limit: number,
): Promise<QrCodeFile[]> {
  const codes = await client.query<QrCodeOnBooks>(
    `select id, code, status, pending_change as "pendingChange", next_check_at as "nextCheckAt",
       transaction_currency as "transactionCurrency", settlement_currency as "settlementCurrency",
       channel_fee_type as "channelFeeType", channel_fee_value as "channelFeeValue"
     from qr_codes where id > $1 order by id limit $2`,
    [afterId, limit],
  );
  const agreed = await client.query<QrCodeAgreement & { readonly code: string }>(
    `select c.id, c.service, c.started_at as "startedAt", c.request->>'status' as change,
       c.request->>'biz_data' as "bizData", ${CODE_NAMED} as code
     from gateway_calls c
     where c.service = any($1::text[]) and c.outcome = 'SUCCEEDED' and ${CODE_NAMED} = any($2::text[])
     order by c.started_at, c.id`,
    [QR_CODE_SERVICES, codes.rows.map(({ code }) => code)],
  );
  return codes.rows.map((qrCode) => ({
    qrCode,
    agreed: agreed.rows.filter(({ code }) => code === qrCode.code),
  }));
}
