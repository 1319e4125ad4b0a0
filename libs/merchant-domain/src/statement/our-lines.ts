import { type EntityManager } from 'typeorm';

import { type LineKey } from './known-records';
import { isOurScene } from './matching.rules';

/**
 * Of a file's lines those that are about our payments: by their scene, or because the books hold their
 * trade, their order or their refund. What Alipay calls a scene is not known of refunds made elsewhere.
 */
export async function oursAmong<Line extends LineKey & { readonly orderScene: string }>(
  manager: EntityManager,
  lines: readonly Line[],
): Promise<readonly Line[]> {
  const others = lines.filter((line) => !isOurScene(line));
  if (others.length === 0) return lines;
  const known: { line_number: number }[] = await manager.query(ON_RECORD, [
    others.map(({ lineNumber }) => lineNumber),
    others.map(({ transactionId }) => transactionId),
    others.map(({ partnerTransactionId }) => partnerTransactionId),
  ]);
  const numbers = new Set(known.map((row) => row.line_number));
  return lines.filter((line) => isOurScene(line) || numbers.has(line.lineNumber));
}

const ON_RECORD = `
  select line_number from unnest($1::int[], $2::text[], $3::text[]) as said (line_number, trade, partner)
  where exists (select from transactions where alipay_trans_id = said.trade)
     or exists (select from transactions where partner_trans_id = said.partner)
     or exists (select from refunds where partner_refund_id = said.partner and status <> 'FAILED')`;
