import {
  cancelTransaction,
  claimTransaction,
  createQrCode,
  type Domain,
  type QrCode,
  recoverTransaction,
  refreshTransaction,
  refundTransaction,
  registerMerchant,
  registerStore,
} from '@countersign/merchant-domain';
import { randomUUID } from 'node:crypto';

import { hear } from './interleave-letters';
import { OWNER, type Site } from './interleave-site';
import type { PaidTrade } from './simulator-control';

/** A payment of 10.00 that is on record. */
export interface Payment extends PaidTrade {
  readonly id: string;
}

const counters = new WeakMap<Site, Promise<QrCode>>();

/** Somebody pays 10.00 at the counter of the site; nobody has heard of it yet. */
export async function pay(site: Site, more: { readonly paid?: boolean } = {}): Promise<PaidTrade> {
  const counter = counters.get(site) ?? openCounter(site);
  counters.set(site, counter);
  const { code } = await counter;
  return site.gateway.pay({ qrcode: code, amount: '10.00', ...more });
}

/** The same, with the payment on record. */
export async function payAndHear(site: Site): Promise<Payment> {
  const trade = await pay(site);
  const letter = await site.letterbox.awaited(trade.trade_no, 'TRADE_SUCCESS');
  await hear(site.domain, [letter]);
  return onRecord(site, trade);
}

/** A trade that is known from a query while its customer has not paid yet. */
export async function openUnpaid(site: Site): Promise<Payment> {
  const trade = await pay(site, { paid: false });
  await recover(trade)(site.domain);
  return onRecord(site, trade);
}

async function onRecord(site: Site, trade: PaidTrade): Promise<Payment> {
  const [row] = await site.rows<{ id: string }>(
    'select id from transactions where alipay_trans_id = $1',
    [trade.trade_no],
  );
  if (row === undefined) throw new Error(`the payment ${trade.trade_no} was not heard of`);
  return { ...trade, id: row.id };
}

async function openCounter(site: Site): Promise<QrCode> {
  const storeId = await openStore(site);
  const created = await createQrCode(site.domain, codeCommand(storeId));
  if (created.qrCode === undefined) throw new Error(JSON.stringify(created));
  return created.qrCode;
}

/** A store of its own merchant, or of one that is there, without a code. */
export async function openStore({ domain }: Site, merchant = `M_${newName()}`): Promise<string> {
  const registered = await registerMerchant(domain, {
    caller: OWNER,
    alipayMerchantId: merchant,
    name: '翡翠茶餐廳有限公司',
    type: 'ENTERPRISE',
    industry: '5812',
  });
  if ('refusal' in registered) throw new Error(registered.message);
  const opened = await registerStore(domain, {
    caller: OWNER,
    merchantId: registered.merchant.id,
    alipayStoreId: `S_${newName()}`,
    name: '翡翠茶餐廳（中環）',
    countryCode: 'HK',
    address: '中環皇后大道中1號',
  });
  if ('refusal' in opened) throw new Error(opened.message);
  return opened.store.id;
}

export function newName(): string {
  return randomUUID().replaceAll('-', '').slice(0, 16);
}

export function codeCommand(storeId: string): Parameters<typeof createQrCode>[1] {
  return { caller: OWNER, storeId, transactionCurrency: 'HKD', settlementCurrency: 'HKD' };
}

type Deed = (domain: Domain) => Promise<unknown>;

export function refund({ id }: Payment, amount: string, idempotencyKey: string): Deed {
  return (domain) =>
    refundTransaction(domain, {
      caller: OWNER,
      transactionId: id,
      amount: { amount, currency: 'HKD' },
      idempotencyKey,
    });
}

export function cancel({ id }: Payment): Deed {
  return (domain) => cancelTransaction(domain, { caller: OWNER, transactionId: id });
}

export function refresh({ id }: Payment): Deed {
  return (domain) => refreshTransaction(domain, { caller: OWNER, transactionId: id });
}

export function recover({ out_trade_no: partnerTransId }: PaidTrade): Deed {
  return (domain) => recoverTransaction(domain, { caller: OWNER, partnerTransId });
}

export function claim({ id }: Payment, saleReference: string): Deed {
  return (domain) => claimTransaction(domain, { caller: OWNER, transactionId: id, saleReference });
}
