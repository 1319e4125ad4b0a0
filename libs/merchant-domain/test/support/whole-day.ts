import { type Fields } from '@countersign/alipay-protocol';
import { createAlipayClient } from '@countersign/alipay-services';
import { uuidv7 } from 'uuidv7';

import { openDatabase } from '../../src/database/open-database';
import { type Domain, ownerCaller } from '../../src/domain';
import { recordGatewayCall } from '../../src/gateway-call/record-gateway-call';
import { createNotificationInbox } from '../../src/inbox/accept-notifications';
import { confirmQuarantined } from '../../src/inbox/confirm-quarantined';
import { processNotifications } from '../../src/inbox/process-notifications';
import { registerMerchant } from '../../src/merchant/register-merchant';
import { createQrCode } from '../../src/qr-code/create-qr-code';
import { deleteQrCode } from '../../src/qr-code/delete-qr-code';
import { importQrCode } from '../../src/qr-code/import-qr-code';
import { modifyQrCode } from '../../src/qr-code/modify-qr-code';
import { type QrCodeResult } from '../../src/qr-code/settle-qr-code';
import { restartQrCode } from '../../src/qr-code/restart-qr-code';
import { stopQrCode } from '../../src/qr-code/stop-qr-code';
import { refundTransaction } from '../../src/refund/refund-transaction';
import { resolveRefund } from '../../src/refund/resolve-refund';
import { settlePendingRefunds } from '../../src/refund/settle-pending-refunds';
import { registerStore } from '../../src/store/register-store';
import { askPayingWallets } from '../../src/transaction/ask-paying-wallets';
import { cancelTransaction } from '../../src/transaction/cancel-transaction';
import { claimTransaction } from '../../src/transaction/claim-transaction';
import { recoverTransaction } from '../../src/transaction/recover-transaction';
import { settlePendingCancels } from '../../src/transaction/settle-pending-cancels';
import { Transaction } from '../../src/transaction/transaction.entity';
import { agrees, issuesCode, MODIFY, MODIFY_STATUS } from './codes';
import {
  type Answering,
  cut,
  gatewaySigner,
  gatewayVerifier,
  refusal,
  type ScriptedGateway,
  signed,
  startGateway,
} from './gateway';
import { notify, paymentFields } from './payments';
import { PARTNER_ID, WORLD_BEGINS } from './world';

export const REFUND = 'alipay.acquire.overseas.spot.refund';
export const REFUND_QUERY = 'alipay.acquire.refund.query';
export const CANCEL = 'alipay.acquire.cancel';
export const QUERY = 'alipay.acquire.overseas.query';

/** When the day is over, and the books are compared. */
export const DAY_ENDS = new Date(WORLD_BEGINS.getTime() + 3_600_000);

/**
 * A shop's day in an empty database, with everything that can happen to a payment and a code, and
 * every call on record. Payments are found by their order number, which says what became of them.
 */
export async function liveThroughDay(url: string): Promise<void> {
  const gateway = await startGateway();
  const database = await openDatabase({ url, migrate: true });
  let instant = WORLD_BEGINS.getTime();
  const now = (): Date => new Date(instant);
  const alipay = createAlipayClient({
    gatewayUrl: gateway.url,
    partnerId: PARTNER_ID,
    signer: gatewaySigner,
    verifier: gatewayVerifier,
    now,
    onCall: recordGatewayCall(database, { newId: uuidv7 }),
  });
  const domain: Domain = {
    ...{ database, alipay, now, newId: uuidv7 },
    notifyUrl: (token) => `https://shop.example/alipay/notifications/${token}`,
  };
  const later = (minutes: number): void => {
    instant += minutes * 60_000;
  };
  try {
    const codeIds = await openShop(domain, gateway);
    await takePayments(domain, gateway, codeIds);
    await giveBack(domain, gateway, later);
    await doubtAndSettle(domain, gateway, later);
  } finally {
    await gateway.close();
    await alipay.close();
    await database.close();
  }
}

const caller = ownerCaller('owner@shop.example');
const HKD = { transactionCurrency: 'HKD', settlementCurrency: 'HKD' };

async function openShop(domain: Domain, gateway: ScriptedGateway): Promise<string[]> {
  gateway.always(MODIFY, agrees);
  gateway.always(MODIFY_STATUS, agrees);
  const merchant = await registerMerchant(domain, {
    ...{ caller, alipayMerchantId: 'M_1', name: '米加咖啡', type: 'ENTERPRISE', industry: '5812' },
  });
  if ('refusal' in merchant) throw new Error(merchant.message);
  const stores: string[] = [];
  for (const alipayStoreId of ['S_1', 'S_2', 'S_3', 'S_4']) {
    const result = await registerStore(domain, {
      ...{ caller, merchantId: merchant.merchant.id, alipayStoreId },
      ...{ name: `${alipayStoreId} 店`, countryCode: 'HK', address: '1 Queen Road' },
    });
    if ('refusal' in result) throw new Error(result.message);
    stores.push(result.store.id);
  }
  const [first = '', second = '', third = '', fourth = ''] = stores;
  gateway.next(issuesCode(), cut);
  const counter = made(await createQrCode(domain, { caller, storeId: first, ...HKD }));
  const pending = await createQrCode(domain, { caller, storeId: fourth, ...HKD });
  const withFee = { channelFee: { type: 'FIXED', value: '1.5' } } as const;
  gateway.next(issuesCode());
  const fee = made(await createQrCode(domain, { caller, storeId: second, ...HKD, ...withFee }));
  await modifyQrCode(domain, {
    ...{ caller, qrCodeId: fee, channelFee: { type: 'FIXED', value: '2.00' } },
  });
  await stopQrCode(domain, { caller, qrCodeId: fee });
  await restartQrCode(domain, { caller, qrCodeId: fee });
  await stopQrCode(domain, { caller, qrCodeId: fee });
  const wall = made(
    await importQrCode(domain, {
      ...{ caller, storeId: third, code: 'https://qr.alipay.com/wall', ...HKD },
    }),
  );
  await deleteQrCode(domain, { caller, qrCodeId: wall });
  made(pending);
  return [counter, fee];
}

function made(result: QrCodeResult): string {
  if (result.qrCode === undefined) throw new Error(`no code: ${JSON.stringify(result)}`);
  return result.qrCode.id;
}

async function takePayments(
  domain: Domain,
  gateway: ScriptedGateway,
  [counter = '', other = '']: readonly string[],
): Promise<void> {
  gateway.always(QUERY, shows('TRADE_SUCCESS'));
  const inbox = createNotificationInbox(domain.database, domain);
  const tell = (
    order: string,
    more: Fields = {},
    codeId: string | null = counter,
  ): Promise<unknown> => notify(inbox, { ...paymentFields(), ...named(order), ...more }, codeId);
  for (const order of ORDERS) await tell(order);
  await tell('FINISHED', { trade_status: 'TRADE_FINISHED' }, other);
  await tell('FINISHED', { currency: 'HKD' }, other);
  await tell('UNPAID', { trade_status: 'WAIT_BUYER_PAY' });
  await tell('ADDRESSLESS', {}, null);
  await tell('ANOTHERS', { seller_id: '2088999999999999' });
  await processNotifications(domain, { limit: 100 });
  await inbox.close();
  await confirmQuarantined(domain, { limit: 10 });
  await askPayingWallets(domain, { limit: 100 });
  await recoverTransaction(domain, {
    ...{ caller, alipayTransId: named('UNHEARD')['trade_no'] ?? '', partnerTransId: 'UNHEARD' },
  });
  const { id: transactionId } = await payment(domain, 'PLAIN');
  await claimTransaction(domain, { caller, transactionId, saleReference: 'SALE-1' });
}

const ORDERS = [
  ...['PLAIN', 'PARTIAL', 'FULL', 'REFUSED', 'CANCELLED', 'UNCANCELLED', 'LOST', 'GIVEN', 'KEPT'],
  ...['LOST_CANCEL', 'OPEN', 'OPEN_CANCEL', 'ABSENT'],
];

/** A trade's two numbers, the one made of the other. */
export function named(order: string): Fields {
  return { out_trade_no: order, trade_no: `2026010222${Buffer.from(order).toString('hex')}` };
}

/** What is given back, with certain answers. */
async function giveBack(
  domain: Domain,
  gateway: ScriptedGateway,
  later: (minutes: number) => void,
): Promise<void> {
  gateway.always(REFUND, yes);
  gateway.always(CANCEL, cancels);
  await refund(domain, 'PARTIAL', '3.00');
  await refund(domain, 'PARTIAL', '4.00', 'second');
  await refund(domain, 'FULL');
  gateway.next(no('MERCHANT_BALANCE_NOT_ENOUGH'));
  await refund(domain, 'REFUSED', '5.00');
  later(1);
  await refund(domain, 'REFUSED', '6.00');
  gateway.next(no('TRADE_HAS_CLOSE'));
  await refund(domain, 'KEPT', '1.00', 'never');
  await cancel(domain, 'CANCELLED');
  gateway.next(no('TRADE_HAS_FINISHED'));
  await cancel(domain, 'UNCANCELLED');
}

/** What is given back, or not, after answers that were lost. */
async function doubtAndSettle(
  domain: Domain,
  gateway: ScriptedGateway,
  later: (minutes: number) => void,
): Promise<void> {
  gateway.always(REFUND_QUERY, refundIs('SUCCESS'));
  gateway.next(cut);
  await refund(domain, 'LOST', '2.00');
  gateway.next(cut);
  await cancel(domain, 'LOST_CANCEL');
  later(10);
  gateway.next(cut); // the repeat of the refund, after which the query says that it was made
  await settlePendingRefunds(domain, { limit: 10 });
  await settlePendingCancels(domain, { limit: 10 });

  gateway.next(cut);
  await refund(domain, 'ABSENT', '1.00');
  later(10);
  gateway.next(no('TRADE_STATUS_ERROR'), signed({ response_code: 'NOT_FOUND' }));
  await settlePendingRefunds(domain, { limit: 10 });

  gateway.always(REFUND, cut);
  gateway.always(CANCEL, cut);
  await resolve(domain, await refund(domain, 'GIVEN', '1.00'), 'SUCCEEDED');
  await resolve(domain, await refund(domain, 'KEPT', '1.00'), 'FAILED');
  await refund(domain, 'OPEN', '1.00');
  await cancel(domain, 'OPEN_CANCEL');
  await domain.database.manager.query(
    `update refunds set next_check_at = $1 where status = 'PENDING'`,
    [DAY_ENDS],
  );
  await domain.database.manager.query(
    `update transactions set cancel_next_check_at = $1 where cancel_status = 'PENDING'`,
    [DAY_ENDS],
  );
  await domain.database.manager.query(
    `update qr_codes set next_check_at = $1 where pending_change is not null`,
    [DAY_ENDS],
  );
}

async function payment({ database }: Domain, order: string): Promise<Transaction> {
  return database.manager.findOneByOrFail(Transaction, { partnerTransId: order });
}

async function refund(
  domain: Domain,
  order: string,
  amount?: string,
  idempotencyKey = order,
): Promise<string> {
  const { id: transactionId } = await payment(domain, order);
  const result = await refundTransaction(domain, {
    ...{ caller, transactionId, idempotencyKey },
    ...(amount === undefined ? {} : { amount: { amount, currency: 'HKD' } }),
  });
  return result.refund?.id ?? '';
}

async function resolve(
  domain: Domain,
  refundId: string,
  outcome: 'SUCCEEDED' | 'FAILED',
): Promise<void> {
  await resolveRefund(domain, { caller, refundId, outcome, note: 'Seen in the portal.' });
}

async function cancel(domain: Domain, order: string): Promise<void> {
  const { id: transactionId } = await payment(domain, order);
  await cancelTransaction(domain, { caller, transactionId });
}

const echo = (request: Fields, ...names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, request[name] ?? '']));

const yes: Answering = (request) =>
  signed({
    result_code: 'SUCCESS',
    ...echo(request, 'partner_trans_id', 'partner_refund_id', 'refund_amount', 'currency'),
  });

const cancels: Answering = (request) =>
  signed({ result_code: 'SUCCESS', action: 'refund', ...echo(request, 'out_trade_no') });

const no =
  (code: string): Answering =>
  (request) =>
    refusal(code, echo(request, ...Object.keys(request).filter((it) => /_(id|no)$/.test(it))));

const refundIs =
  (state: string): Answering =>
  (request) =>
    signed({
      response_code: 'SUCCESS',
      refund_result_code: state,
      ...echo(request, 'out_trade_no', 'out_return_no'),
    });

const shows =
  (status: string): Answering =>
  (request) =>
    signed({
      result_code: 'SUCCESS',
      alipay_trans_status: request['partner_trans_id'] === 'UNPAID' ? 'WAIT_BUYER_PAY' : status,
      alipay_trans_id: request['alipay_trans_id'] ?? '',
      partner_trans_id: request['partner_trans_id'] ?? '',
      ...{ trans_amount: '10.00', currency: 'HKD', payment_inst: 'ALIPAYHK' },
    });
