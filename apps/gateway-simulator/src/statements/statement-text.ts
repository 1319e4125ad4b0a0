import {
  formatAmount,
  formatGatewayTime,
  type Money,
  parseAmount,
} from '@countersign/alipay-protocol';

import type { Code, Trade } from '../books/records';
import { dayOf, settlementDayOf } from './business-days';

/** One thing that happened to a trade, as both files tell it. */
interface Deed {
  readonly type: 'PAYMENT' | 'REFUND' | 'CANCEL';
  readonly at: number;
  readonly partnerTransactionId: string;
  readonly amount: Money;
  readonly remark: string;
  readonly trade: Trade;
}

export interface StatementSource {
  readonly partnerId: string;
  readonly trades: readonly Trade[];
  codeOf(trade: Trade): Code | undefined;
}

const TRANSACTION_COLUMNS = [
  ...[
    'Partner_transaction_id',
    'Transaction_id',
    'Transaction_amount',
    'Charge_amount',
    'Currency',
  ],
  ...['Payment_time', 'Transaction_type', 'Remark', 'Secondary_merchant_industry'],
  ...['Secondary_merchant_name', 'Secondary_merchant_id', 'Operator_name', 'Order_scene'],
  ...['Trans_currency', 'Trans_amount', 'Trans_forex_rate', 'Issue'],
];

/** The transaction file of a Beijing day; null when nothing happened on it. */
export function transactionStatement(source: StatementSource, day: string): string | null {
  const deeds = deedsOf(source).filter(({ at }) => dayOf(at) === day);
  if (deeds.length === 0) return null;
  const header = `Partner:${source.partnerId}|Payment_time: ${day}|Total_count:${deeds.length}`;
  const rows = deeds.map((deed) =>
    [
      deed.partnerTransactionId,
      deed.trade.tradeNo,
      formatAmount(deed.amount),
      formatAmount(feeOf(deed)),
      deed.amount.currency,
      formatGatewayTime(new Date(deed.at)),
      deed.type,
      plain(deed.remark),
      ...placeOf(source, deed),
    ].join('|'),
  );
  return [header, TRANSACTION_COLUMNS.join('|'), ...rows, ''].join('\n');
}

/**
 * The settlement file of a Beijing day: what happened since the last one, without a header. A
 * cancelled payment is not settled, and neither is its cancel.
 */
export function settlementStatement(source: StatementSource, day: string): string | null {
  const deeds = deedsOf(source).filter(
    ({ type, at, trade }) =>
      type !== 'CANCEL' && !trade.cancelled && settlementDayOf(dayOf(at)) === day,
  );
  if (deeds.length === 0) return null;
  const settledAt = formatGatewayTime(new Date(`${day}T15:46:00+08:00`));
  const rows = deeds.map((deed) => {
    const fee = feeOf(deed);
    const settlement = { ...deed.amount, minor: deed.amount.minor - fee.minor };
    const sign = deed.type === 'REFUND' ? '-' : '';
    const signed = (money: Money): string =>
      money.minor === 0n ? formatAmount(money) : sign + formatAmount(money);
    return [
      deed.partnerTransactionId,
      deed.trade.tradeNo,
      ...[signed(deed.amount), signed(fee), signed(settlement)],
      deed.amount.currency,
      formatGatewayTime(new Date(deed.at)),
      settledAt,
      deed.type === 'REFUND' ? 'R' : 'P',
      'L',
      plain(deed.remark),
      ...placeOf(source, deed),
    ].join('|');
  });
  return `${rows.join('\n')}\n`;
}

/** The days on which anything happened or was settled, the earliest first. */
export function daysWithStatements(source: StatementSource): readonly string[] {
  const days = new Set<string>();
  for (const { at } of deedsOf(source)) {
    days.add(dayOf(at));
    days.add(settlementDayOf(dayOf(at)));
  }
  return [...days].sort();
}

function deedsOf({ trades }: StatementSource): Deed[] {
  return trades
    .flatMap((trade): Deed[] => {
      if (trade.paidAt === null) return [];
      const amount = parseAmount(trade.amount, trade.currency);
      const own = { trade, partnerTransactionId: trade.outTradeNo, amount, remark: '' };
      const payment: Deed = { ...own, type: 'PAYMENT', at: trade.paidAt };
      const cancel: Deed[] =
        trade.cancelled && trade.closedAt !== null
          ? [{ ...own, type: 'CANCEL', at: trade.closedAt }]
          : [];
      const refunds = trade.refunds
        .filter(({ status }) => status === 'SUCCESS')
        .map((refund): Deed => ({
          ...{ type: 'REFUND', trade, remark: refund.reason },
          at: refund.settledAt ?? refund.createdAt,
          partnerTransactionId: refund.partnerRefundId,
          amount: parseAmount(refund.amount, trade.currency),
        }));
      return [payment, ...cancel, ...refunds];
    })
    .sort((a, b) => a.at - b.at);
}

/** 0.8 %, rounded to the nearest minor unit; a refund gives its share back. */
function feeOf({ amount }: Deed): Money {
  return { ...amount, minor: (amount.minor * 8n + 500n) / 1000n };
}

function placeOf(source: StatementSource, { trade, amount }: Deed): string[] {
  const code = source.codeOf(trade);
  return [
    code?.industry ?? '',
    plain(code?.merchantName ?? ''),
    code?.merchantId ?? '',
    '',
    'shopQrCode',
    amount.currency,
    formatAmount(amount),
    '1',
    trade.wallet,
  ];
}

/** The separator and line ends have no escape in these files. */
function plain(text: string): string {
  return text.replace(/[|\r\n]/g, ' ');
}
