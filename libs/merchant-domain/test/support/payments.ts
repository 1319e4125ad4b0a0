import { encodeNotification, decodeNotification, type Fields } from '@countersign/alipay-protocol';
import { uuidv7 } from 'uuidv7';

import {
  createNotificationInbox,
  type NotificationInbox,
} from '../../src/inbox/accept-notifications';
import { processNotifications } from '../../src/inbox/process-notifications';
import { Merchant } from '../../src/merchant/merchant.entity';
import { QrCode } from '../../src/qr-code/qr-code.entity';
import { Store } from '../../src/store/store.entity';
import { Transaction } from '../../src/transaction/transaction.entity';
import { gatewaySigner, gatewayVerifier } from './gateway';
import { PARTNER_ID, type World } from './world';

/** A counter with an active code, written straight into the books. */
export async function openCounter(world: World): Promise<{ store: Store; code: QrCode }> {
  const { manager } = world.database;
  const now = world.clock.now();
  const times = { createdAt: now, updatedAt: now };
  const merchantId = uuidv7();
  await manager.insert(Merchant, {
    id: merchantId,
    alipayMerchantId: `M_${merchantId.slice(-12)}`,
    name: '米加咖啡',
    type: 'ENTERPRISE',
    industry: '5812',
    ...times,
  });
  const storeId = uuidv7();
  await manager.insert(Store, {
    id: storeId,
    merchantId,
    alipayStoreId: 'S_1',
    name: '中環店',
    shop: 'Central',
    countryCode: 'HK',
    address: '1 Queen Road',
    registration: 'UNREGISTERED',
    rejectReason: null,
    ...times,
  });
  const codeId = uuidv7();
  await manager.insert(QrCode, {
    id: codeId,
    storeId,
    code: `https://qr.example/${codeId}`,
    alipayImageUrl: null,
    status: 'ACTIVE',
    pendingChange: null,
    pendingModification: null,
    attempts: 0,
    nextCheckAt: null,
    rejectionCode: null,
    label: 'Counter 1',
    transactionCurrency: 'HKD',
    settlementCurrency: 'HKD',
    channelFeeType: null,
    channelFeeValue: null,
    lastNotifiedAt: null,
    ...times,
  });
  return {
    store: await manager.findOneByOrFail(Store, { id: storeId }),
    code: await manager.findOneByOrFail(QrCode, { id: codeId }),
  };
}

let number = 0;

/** What Alipay posts when a customer has paid 10.00. */
export function paymentFields(some: Fields = {}): Fields {
  number += 1;
  const tradeNo = `2026010222001${String(number).padStart(15, '0')}`;
  return {
    notify_id: `n${number}`,
    notify_type: 'trade_status_sync',
    notify_time: '2026-01-02 15:04:05',
    trade_no: tradeNo,
    out_trade_no: `T${number}`,
    trade_status: 'TRADE_SUCCESS',
    total_fee: '10.00',
    subject: '米加咖啡 中環店',
    gmt_create: '2026-01-02 15:04:00',
    gmt_payment: '2026-01-02 15:04:03',
    seller_id: PARTNER_ID,
    buyer_email: '852-45****88',
    ...some,
  };
}

export function openInbox(world: World): NotificationInbox {
  return createNotificationInbox(world.database, { now: world.clock.now, newId: uuidv7 });
}

/** Posts a message as the route would: signed, verified, committed. */
export async function notify(
  inbox: NotificationInbox,
  fields: Fields,
  qrCodeId: string | null,
): Promise<'STORED' | 'DUPLICATE'> {
  const { body, contentType } = encodeNotification(fields, gatewaySigner, {});
  return inbox.accept({
    fields: decodeNotification(body, { contentType, verifier: gatewayVerifier }),
    body,
    contentType,
    qrCodeId,
  });
}

/** A payment of 10.00 on a fresh counter, received and on record. */
export async function receivePayment(
  world: World,
  some: Fields = {},
): Promise<{ transaction: Transaction; store: Store; code: QrCode; fields: Fields }> {
  const { store, code } = await openCounter(world);
  const inbox = openInbox(world);
  const fields = paymentFields(some);
  await notify(inbox, fields, code.id);
  await processNotifications(world.domain, { limit: 100 });
  await inbox.close();
  return { transaction: await findTrade(world, fields), store, code, fields };
}

export async function findTrade(world: World, fields: Fields): Promise<Transaction> {
  return world.database.manager.findOneByOrFail(Transaction, {
    alipayTransId: fields['trade_no'] ?? '',
  });
}
