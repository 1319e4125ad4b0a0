import {
  type Money,
  formatAmount,
  formatGatewayTime,
  parseAmount,
} from '@countersign/alipay-protocol';

import { type Discrepancy } from '../../src/statement/discrepancy.entity';
import { importStatement, type StatementResult } from '../../src/statement/import-statement';
import { discrepanciesPage } from '../../src/statement/statement.queries';
import { type Transaction } from '../../src/transaction/transaction.entity';
import { PARTNER_ID, type World } from './world';

export const TRANSACTION_FILE = `${PARTNER_ID}_transaction_20260102.txt`;
export const SETTLEMENT_FILE = `${PARTNER_ID}_settlement_20260102.txt`;

const TRANSACTION_NAMES =
  'Partner_transaction_id|Transaction_id|Transaction_amount|Charge_amount|Currency|Payment_time|Transaction_type|Remark|Secondary_merchant_id|Order_scene|Trans_currency|Trans_amount|Issue';

export interface Line {
  readonly type?: string;
  readonly partnerId: string;
  readonly tradeNo: string;
  readonly amount: string;
  readonly at?: string;
  readonly scene?: string;
  readonly merchantId?: string;
  /** What the customer paid, where it is not what is settled. */
  readonly paid?: string;
}

/** The line of a payment on record, as Alipay would write it. */
export function lineOf(
  transaction: Pick<Transaction, 'alipayTransId' | 'partnerTransId' | 'amountMinor' | 'currency'>,
  some: Partial<Line> = {},
): Line {
  const amount: Money = { minor: transaction.amountMinor, currency: transaction.currency };
  return {
    partnerId: transaction.partnerTransId ?? '',
    tradeNo: transaction.alipayTransId,
    amount: formatAmount(amount),
    ...some,
  };
}

export function transactionFile(lines: readonly Line[], date = '2026-01-02'): string {
  const rows = lines.map(
    ({ type = 'PAYMENT', partnerId, tradeNo, amount, at = `${date} 15:04:03`, ...more }) =>
      [
        ...[partnerId, tradeNo, amount, '0.05', 'HKD', at, type, ''],
        ...[
          more.merchantId ?? '',
          more.scene ?? 'shopQrCode',
          'HKD',
          more.paid ?? amount,
          'ALIPAYHK',
        ],
      ].join('|'),
  );
  const header = `Partner:${PARTNER_ID}|Payment_time: ${date}|Total_count:${lines.length}`;
  return [header, TRANSACTION_NAMES, ...rows, ''].join('\n');
}

export interface SettlementLine {
  readonly type?: 'P' | 'R';
  readonly partnerId: string;
  readonly tradeNo: string;
  readonly amount: string;
  readonly fee: string;
  readonly net: string;
  readonly settledAt?: Date;
  readonly at?: string;
}

export function settlementFile(lines: readonly SettlementLine[]): string {
  return lines
    .map(({ type = 'P', partnerId, tradeNo, amount, fee, net, settledAt, ...more }) => {
      const paidAt = more.at ?? '2026-01-02 15:04:03';
      const at = formatGatewayTime(settledAt ?? new Date('2026-01-03T07:46:00Z'));
      const facts = [partnerId, tradeNo, amount, fee, net, 'HKD', paidAt, at, type];
      return `${[...facts, 'L', '', '5812', '米加咖啡', '', '', 'shopQrCode', 'HKD', amount, '1', 'ALIPAYHK'].join('|')}\n`;
    })
    .join('');
}

/** The same payments settled, each for a fee of 0.05. */
export function settlementOf(lines: readonly Line[]): string {
  return settlementFile(
    lines.map(({ partnerId, tradeNo, amount }) => {
      const { minor, currency } = parseAmount(amount, 'HKD');
      const net = formatAmount({ minor: minor - 5n, currency });
      return { partnerId, tradeNo, amount, fee: '0.05', net };
    }),
  );
}

export async function importText(
  world: World,
  text: string | Buffer,
  fileName = TRANSACTION_FILE,
): Promise<StatementResult> {
  return importStatement(world.domain, {
    caller: world.owner,
    fileName,
    content: [Buffer.from(text)],
  });
}

/** The transaction file of a day, under the name that Alipay gives it. */
export function importDay(
  world: World,
  date: string,
  lines: readonly Line[],
): Promise<StatementResult> {
  const fileName = `${PARTNER_ID}_transaction_${date.replaceAll('-', '')}.txt`;
  return importText(world, transactionFile(lines, date), fileName);
}

/** What the files complain of, in short. */
export async function named(world: World): Promise<string[]> {
  return (await complaints(world)).map(
    ({ kind, field, status }) => `${kind} ${String(field)} ${status}`,
  );
}

/** What the files complain of, the oldest first. */
export async function complaints(world: World): Promise<readonly Discrepancy[]> {
  const { edges } = await discrepanciesPage(world.database, world.owner, { page: { first: 100 } });
  return edges
    .map(({ node }) => node)
    .sort((a, b) => (a.lineNumber ?? 1e9) - (b.lineNumber ?? 1e9) || (a.id < b.id ? -1 : 1));
}
