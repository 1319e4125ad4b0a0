import { randomInt } from 'node:crypto';

import { GatewayCall } from '../../src/gateway-call/gateway-call.entity';
import { Notification } from '../../src/inbox/notification.entity';
import { Merchant } from '../../src/merchant/merchant.entity';
import { QrCode } from '../../src/qr-code/qr-code.entity';
import { Refund } from '../../src/refund/refund.entity';
import { Store } from '../../src/store/store.entity';
import { Transaction } from '../../src/transaction/transaction.entity';
import { type World } from './world';

/** Records as they stand in the database, for tests that begin in the middle of a story. */

export async function aMerchant(world: World, own: Partial<Merchant> = {}): Promise<Merchant> {
  const merchant = Object.assign(new Merchant(), {
    id: world.domain.newId(),
    alipayMerchantId: `M_${someDigits()}`,
    name: 'Noodle Shop',
    type: 'ENTERPRISE',
    industry: '5812',
    createdAt: world.clock.now(),
    updatedAt: world.clock.now(),
    ...own,
  });
  await world.database.manager.insert(Merchant, merchant);
  return merchant;
}

export async function aStore(world: World, own: Partial<Store> = {}): Promise<Store> {
  const store = Object.assign(new Store(), {
    id: world.domain.newId(),
    merchantId: own.merchantId ?? (await aMerchant(world)).id,
    alipayStoreId: `S_${someDigits()}`,
    name: 'Noodle Shop Central',
    shop: null,
    countryCode: 'HK',
    address: '1 Queen Road',
    registration: 'UNREGISTERED',
    rejectReason: null,
    pendingRegistration: null,
    registrationSubmissionId: null,
    registrationSubmittedAt: null,
    registrationSubmittedBy: null,
    registrationFailureCode: null,
    registrationToldAt: null,
    registrationAttempts: 0,
    registrationCheckAt: null,
    createdAt: world.clock.now(),
    updatedAt: world.clock.now(),
    ...own,
  });
  await world.database.manager.insert(Store, store);
  return store;
}

export async function aQrCode(world: World, own: Partial<QrCode> = {}): Promise<QrCode> {
  const qrCode = Object.assign(new QrCode(), {
    id: world.domain.newId(),
    storeId: own.storeId ?? (await aStore(world)).id,
    code: `https://qr.alipay.com/ocx${someDigits()}`,
    alipayImageUrl: null,
    status: 'ACTIVE',
    pendingChange: null,
    pendingModification: null,
    attempts: 1,
    nextCheckAt: null,
    rejectionCode: null,
    sameAsId: null,
    label: null,
    transactionCurrency: 'HKD',
    settlementCurrency: 'HKD',
    channelFeeType: null,
    channelFeeValue: null,
    lastNotifiedAt: null,
    createdAt: world.clock.now(),
    updatedAt: world.clock.now(),
    ...own,
  });
  await world.database.manager.insert(QrCode, qrCode);
  return qrCode;
}

/** A paid trade of 12.50 HKD. */
export async function aTransaction(
  world: World,
  own: Partial<Transaction> = {},
): Promise<Transaction> {
  const transaction = Object.assign(new Transaction(), {
    id: world.domain.newId(),
    alipayTransId: `2026${someDigits()}`,
    partnerTransId: `P${someDigits()}`,
    status: 'PAID',
    alipayStatus: 'TRADE_SUCCESS',
    alipayStatusesSeen: ['TRADE_SUCCESS'],
    amountMinor: 1250n,
    currency: 'HKD',
    paymentInstitution: 'ALIPAY_HK',
    paymentInstitutionCode: 'ALIPAYHK',
    institutionCheckAt: null,
    institutionAttempts: 0,
    saleReference: null,
    feeMinor: null,
    netMinor: null,
    settlementCurrency: null,
    settledAt: null,
    buyerLogin: '852****1234',
    paidAt: world.clock.now(),
    cancelStatus: null,
    cancelRequestedBy: null,
    cancelAttempts: 0,
    cancelNextCheckAt: null,
    cancelFailureCode: null,
    qrCodeId: null,
    storeId: null,
    createdAt: world.clock.now(),
    updatedAt: world.clock.now(),
    ...own,
  });
  await world.database.manager.insert(Transaction, transaction);
  return world.database.manager.findOneByOrFail(Transaction, { id: transaction.id });
}

/** A refund of 1.00 HKD that succeeded. */
export async function aRefund(
  world: World,
  own: Partial<Refund> & Pick<Refund, 'transactionId'>,
): Promise<Refund> {
  const refund = Object.assign(new Refund(), {
    id: world.domain.newId(),
    partnerRefundId: `R${someDigits()}`,
    idempotencyKey: `key-${someDigits()}`,
    requestedMinor: 100n,
    amountMinor: 100n,
    currency: 'HKD',
    reason: null,
    status: 'SUCCEEDED',
    failureCode: null,
    attempts: 1,
    nextCheckAt: null,
    inFlightUntil: null,
    requestedBy: world.owner.subject,
    resolutionNote: null,
    resolvedBy: null,
    createdAt: world.clock.now(),
    settledAt: world.clock.now(),
    feeMinor: null,
    netMinor: null,
    settlementCurrency: null,
    settlementAt: null,
    ...own,
  });
  await world.database.manager.insert(Refund, refund);
  return refund;
}

export async function aNotification(
  world: World,
  own: Partial<Notification> = {},
): Promise<Notification> {
  const notification = Object.assign(new Notification(), {
    id: world.domain.newId(),
    notifyId: `N${someDigits()}`,
    contentHash: someDigits(),
    status: 'RECEIVED',
    reason: null,
    qrCodeId: null,
    transactionId: null,
    tradeNo: null,
    contentType: 'application/x-www-form-urlencoded',
    body: Buffer.from('a=1'),
    awaitsQuery: false,
    nextCheckAt: null,
    attempts: 0,
    receivedAt: world.clock.now(),
    appliedAt: null,
    ...own,
  });
  await world.database.manager.insert(Notification, notification);
  return notification;
}

export async function aGatewayCall(
  world: World,
  own: Partial<GatewayCall> = {},
): Promise<GatewayCall> {
  const call = Object.assign(new GatewayCall(), {
    id: world.domain.newId(),
    service: 'alipay.acquire.overseas.query',
    outcome: 'SUCCEEDED',
    alipayCode: null,
    cause: null,
    startedAt: world.clock.now(),
    durationMs: 12,
    request: { service: 'alipay.acquire.overseas.query' },
    response: null,
    transactionId: null,
    storeId: null,
    actor: null,
    ...own,
  });
  await world.database.manager.insert(GatewayCall, call);
  return call;
}

function someDigits(): string {
  return `${randomInt(1e9)}`.padStart(9, '0') + `${randomInt(1e9)}`.padStart(9, '0');
}
