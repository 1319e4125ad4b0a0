import { encodeNotification, type Fields } from '@countersign/alipay-protocol';

import { signer } from './gateway';
import { PARTNER_ID, type Stack } from './stack';
import { until } from './until';

/** A counter with a code that customers can pay with, made through the API. */
export interface Counter {
  readonly merchantId: string;
  readonly storeId: string;
  readonly qrCodeId: string;
  readonly code: string;
  /** Where Alipay was told to post. */
  readonly notifyUrl: string;
}

let shops = 0;

export async function openCounter({ client, gateway }: Stack): Promise<Counter> {
  shops += 1;
  const { registerMerchant } = (await client.get(
    `mutation ($input: RegisterMerchantInput!) { registerMerchant(input: $input) { merchant { id } userErrors { message } } }`,
    {
      input: {
        alipayMerchantId: `M${shops}`,
        name: '米加咖啡',
        type: 'ENTERPRISE',
        industry: '5812',
      },
    },
  )) as { registerMerchant: { merchant: { id: string } } };
  const merchantId = registerMerchant.merchant.id;
  const { registerStore } = (await client.get(
    `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { store { id } userErrors { message } } }`,
    {
      input: {
        merchantId,
        alipayStoreId: 'S1',
        name: '中環店',
        shop: 'Central',
        countryCode: 'HK',
        address: '1 Queen Road',
      },
    },
  )) as { registerStore: { store: { id: string } } };
  const storeId = registerStore.store.id;
  const { createQrCode } = (await client.get(
    `mutation ($input: CreateQrCodeInput!) { createQrCode(input: $input) { qrCode { id code } userErrors { message } } }`,
    { input: { storeId, label: 'Counter 1' } },
  )) as { createQrCode: { qrCode: { id: string; code: string } } };
  const created = gateway.requests.filter((one) => one['service']?.endsWith('.create')).at(-1);
  return {
    merchantId,
    storeId,
    qrCodeId: createQrCode.qrCode.id,
    code: createQrCode.qrCode.code,
    notifyUrl: created?.['notify_url'] ?? '',
  };
}

let payments = 0;

/** What Alipay posts when a customer has paid 10.00. */
export function paymentFields(some: Fields = {}): Fields {
  payments += 1;
  const paidAt = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
  return {
    notify_id: `n${process.pid}-${payments}`,
    notify_type: 'trade_status_sync',
    notify_time: paidAt,
    trade_no: `20260102220010${String(process.pid).padStart(7, '0')}${String(payments).padStart(7, '0')}`,
    out_trade_no: `T${process.pid}x${payments}`,
    trade_status: 'TRADE_SUCCESS',
    total_fee: '10.00',
    subject: '米加咖啡',
    gmt_create: paidAt,
    gmt_payment: paidAt,
    seller_id: PARTNER_ID,
    buyer_id: '2088123412341234',
    buyer_email: '852-45****88',
    ...some,
  };
}

export async function post(url: string, fields: Fields): Promise<{ status: number; text: string }> {
  const { body, contentType } = encodeNotification(fields, signer);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: new Uint8Array(body),
  });
  return { status: response.status, text: await response.text() };
}

export interface Paid {
  readonly id: string;
  readonly alipayTransId: string;
  readonly status: string;
}

/** A payment that Alipay told of and that is on record. */
export async function pay(stack: Stack, counter: Counter, some: Fields = {}): Promise<Paid> {
  const fields = paymentFields(some);
  const answer = await post(counter.notifyUrl, fields);
  if (answer.text !== 'success') throw new Error(`${answer.status} ${answer.text}`);
  return until('the payment on record', () => findPayment(stack, fields['trade_no'] ?? ''));
}

export async function findPayment({ client }: Stack, alipayTransId: string): Promise<Paid | null> {
  const { transaction } = (await client.get(
    `query ($alipayTransId: String) { transaction(alipayTransId: $alipayTransId) { id alipayTransId status } }`,
    { alipayTransId },
  )) as { transaction: Paid | null };
  return transaction;
}
