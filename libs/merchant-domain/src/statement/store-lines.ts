import {
  type SettlementStatementLine,
  type TransactionStatementLine,
} from '@countersign/alipay-services';

import { type Tx } from '../database/tx';
import { type Statement, type StatementKind } from './statement.entity';

/** Keeps what lines say, in one statement; those that are kept already stay as they are, but for their kind. */
export async function storeLines(
  tx: Tx,
  statement: Statement,
  lines: readonly (TransactionStatementLine | SettlementStatementLine)[],
  kind: StatementKind | `OTHER_${StatementKind}` = statement.kind,
): Promise<void> {
  await tx.manager.query(
    `insert into statement_lines (statement_id, kind, date, line_number, type, partner_transaction_id,
       alipay_trans_id, amount_minor, fee_minor, currency, payment_time, settlement_time,
       secondary_merchant_id)
     select $1, $2, $3, * from unnest($4::int[], $5::text[], $6::text[], $7::text[], $8::bigint[],
       $9::bigint[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::text[])
     on conflict (statement_id, line_number) do update set kind = excluded.kind
       where statement_lines.kind <> excluded.kind`,
    [
      statement.id,
      kind,
      statement.date,
      lines.map((line) => line.lineNumber),
      lines.map((line) => line.type),
      lines.map((line) => line.partnerTransactionId),
      lines.map((line) => line.transactionId),
      lines.map((line) => line.amount.minor.toString()),
      lines.map((line) => line.fee.minor.toString()),
      lines.map((line) => line.amount.currency),
      lines.map((line) => line.paymentTime),
      lines.map((line) => ('settlementTime' in line ? line.settlementTime : null)),
      lines.map((line) => line.secondaryMerchantId),
    ],
  );
}
