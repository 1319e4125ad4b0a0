import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Alipay may pay out in another currency than the customer paid in: its fee and the net are in that. */
export class SettlementCurrency1760000000010 implements MigrationInterface {
  readonly name = 'SettlementCurrency1760000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
alter table transactions add column settlement_currency text;
alter table refunds add column settlement_currency text;

update transactions t set settlement_currency = l.currency from statement_lines l
where l.kind = 'SETTLEMENT' and l.type = 'PAYMENT' and l.alipay_trans_id = t.alipay_trans_id
  and l.settlement_time = t.settled_at and l.currency <> t.currency;
update refunds r set settlement_currency = l.currency from statement_lines l
where l.kind = 'SETTLEMENT' and l.type = 'REFUND' and l.partner_transaction_id = r.partner_refund_id
  and l.settlement_time = r.settlement_at and l.currency <> r.currency;
`;
