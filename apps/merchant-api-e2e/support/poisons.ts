import { randomBytes } from 'node:crypto';

import type { Fields } from '@countersign/alipay-protocol';

import { notice, type Notice } from './acknowledged-sender';

/** A verified message that cannot be applied, and what a person has to read about it. */
export interface Poison {
  readonly what: string;
  readonly notice: Notice;
  readonly reason: RegExp;
}

/** As long as nobody expects, and not to be pressed together. */
const overlong = (): string => randomBytes(4_000).toString('hex');

const POISONS: readonly (readonly [string, Fields, RegExp])[] = [
  ['an amount in letters', { total_fee: 'twelve' }, /amount/],
  ['an amount below zero', { total_fee: '-5.00' }, /amount/],
  ['an amount of nothing', { total_fee: '0.00' }, /zero/],
  ['an amount that no column holds', { total_fee: '99999999999999999999.00' }, /amount/],
  ['a currency that the code does not take', { currency: 'USD' }, /its code takes HKD/],
  ['a currency that is none', { currency: 'ABCDE' }, /currency|amount/i],
  ['no trade', { trade_no: '' }, /trade_no/],
  ['no state', { trade_status: '' }, /trade_status/],
  ['no amount', { total_fee: '' }, /names no amount/],
  ['another seller', { seller_id: '2088000000000099' }, /seller/],
  ['a value that reads like a field', { subject: 'a&total_fee=1.00' }, /Alipay is asked/],
  ['a trade number that no index holds', { trade_no: overlong() }, /trade_no|Applying it failed/],
  ['an order number that no index holds', { out_trade_no: overlong() }, /Applying it failed/],
];

/** Each kind once. */
export function printPoisons(series: string): Poison[] {
  return POISONS.map(([what, fields, reason], index) => ({
    what,
    notice: notice(`${series}-poison-${index}`, fields),
    reason,
  }));
}

/** Strange, and no reason to hold a payment back. */
export function printOddities(series: string): Notice[] {
  const oddities: readonly Fields[] = [
    { subject: 'a\u0000b' },
    { subject: overlong() },
    { buyer_email: overlong() },
    { payment_inst: overlong() },
    { gmt_payment: '0000-00-00 00:00:00', gmt_create: 'yesterday' },
    { gmt_payment: '9999-12-31 23:59:59' },
    { notify_time: '' },
    { brand_new: '𠮷\ud83d\ude00' },
    { total_fee: '12.5' },
  ];
  return oddities.map((fields, index) => notice(`${series}-odd-${index}`, fields));
}
