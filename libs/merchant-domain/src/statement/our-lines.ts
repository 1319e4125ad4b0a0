import {
  type SettlementStatementLine,
  type TransactionStatementLine,
} from '@countersign/alipay-services';
import { type EntityManager } from 'typeorm';

import { type Tx } from '../database/tx';
import { isOurScene } from './matching.rules';
import { type Statement } from './statement.entity';
import { storeLines } from './store-lines';

type AnyLine = TransactionStatementLine | SettlementStatementLine;

/**
 * Keeps the lines of a file, and answers those that are about our payments: by their scene, or because
 * the books hold their trade, their order or their refund. Which scene Alipay writes for a refund that was
 * made elsewhere is not documented. The others are kept under a kind of their own, where nothing looks for
 * what a file told, until their payment comes into the books (match-waiting-lines.ts).
 */
export async function keepLines<Line extends AnyLine>(
  tx: Tx,
  statement: Statement,
  lines: readonly Line[],
): Promise<readonly Line[]> {
  const ours = await oursAmong(tx.manager, lines);
  const known = new Set<AnyLine>(ours);
  const others = lines.filter((line) => !known.has(line));
  await storeLines(tx, statement, ours);
  if (others.length > 0) await storeLines(tx, statement, others, `OTHER_${statement.kind}`);
  return ours;
}

async function oursAmong<Line extends AnyLine>(
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
