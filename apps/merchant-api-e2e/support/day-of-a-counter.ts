import { VARIANTS } from '@countersign/gateway-simulator';

import { registrarsOf } from './registrations';
import type { Failing } from './shapes';
import { waitFor } from './wait-for';
import type { World } from './world';

/** What somebody sees of a day with one counter. */
export type Day = Record<string, unknown>;

export const USUAL: Day = {
  created: 'ACTIVE',
  'created again': 'the same code',
  paid: ['PAID', 'ALIPAY_HK'],
  'recovered by the order number': 'found',
  'recovered by Alipay’s number': 'found',
  'recovered, unknown at Alipay': ['ALIPAY_REJECTED'],
  'refunded in part, with a reason': 'SUCCEEDED',
  'refunded to the end': ['SUCCEEDED', 'REFUNDED'],
  'cancelled after a refund': ['NOT_ALLOWED_IN_STATE'],
  cancelled: 'CANCELLED',
  modified: 'done',
  'stopped, twice': ['done', 'done'],
  restarted: 'done',
  deleted: 'done',
  'created after a deletion': 'ACTIVE',
  registered: 'REGISTERED',
};

/** PROTOCOL.md §10 tells users of these: everything else looks the same to them. */
export const OTHERWISE: Readonly<Record<string, Day>> = {
  'refundReason=refund_reason': { 'refunded in part, with a reason': 'FAILED' },
  'modifySignType=MD5': { modified: ['ALIPAY_REJECTED'] },
  'deletedCode=keeps-its-place': { 'created after a deletion': 'REJECTED' },
  'queryByAlipayTransId=refuses': { 'recovered by Alipay’s number': ['ALIPAY_REJECTED'] },
};

/** One question that Alipay leaves open, answered in one way. */
export interface Reading {
  readonly name: string;
  readonly value: string;
  readonly isUsual: boolean;
}

export const READINGS: readonly Reading[] = Object.entries(VARIANTS).flatMap(([name, values]) =>
  values.map((value, place) => ({ name, value, isUsual: place === 0 })),
);

/** A review takes a second: it is lived through where it could be another. */
function isAboutRegistration(reading: string): boolean {
  return /^usual$|registration|refusedUpdate|maintain|failureWord|answerCharset/.test(reading);
}

function usualOf(name: string): string {
  return READINGS.find((one) => one.name === name && one.isUsual)?.value ?? '';
}

/** One counter from its code to its deletion. */
export async function live(world: World, reading: string): Promise<Day> {
  const { merchant, gateway } = world;
  const { submit, refresh } = registrarsOf(world);
  const { store, qrCode, merchant: owner } = await merchant.openCounter();
  const qrCodeId = qrCode.id;
  const register = async (): Promise<string> => {
    await submit(store.id);
    const place = { secondary_merchant_id: owner.alipayMerchantId, store_id: store.alipayStoreId };
    return waitFor('the end of a review', async () => {
      await gateway.call('POST /registrations', { ...place, status: 'SUCCESS' });
      const { registration } = (await refresh(store.id)).store ?? {};
      return registration !== 'UNDER_REVIEW' && registration;
    });
  };
  const day: Day = { created: qrCode.status, registered: 'REGISTERED' };
  const again = await merchant.createQrCode({ storeId: store.id });
  day['created again'] = again.qrCode?.id === qrCodeId ? 'the same code' : codesOf(again);

  const trade = await gateway.pay({ qrcode: qrCode.code, amount: '10.00' });
  const paid = await merchant.transactionOf(trade, (one) => one.paymentInstitution !== 'UNKNOWN');
  day['paid'] = [paid.status, paid.paymentInstitution];
  const recover = async (numbers: Record<string, string>): Promise<unknown> => {
    const answer = await merchant.recover(numbers);
    return answer.transaction === null ? codesOf(answer) : 'found';
  };
  day['recovered by the order number'] = await recover({ partnerTransId: trade.out_trade_no });
  const other = await gateway.pay({ qrcode: qrCode.code, amount: '4.00' });
  day['recovered by Alipay’s number'] = await recover({ alipayTransId: other.trade_no });
  day['recovered, unknown at Alipay'] = await recover({ partnerTransId: 'nobody-knows-it' });

  const refunded = await merchant.refund({
    transactionId: paid.id,
    amount: { amount: '3.00', currency: 'HKD' },
    reason: '凍咗',
    idempotencyKey: 'cold',
  });
  day['refunded in part, with a reason'] = refunded.refund?.status;
  day['cancelled after a refund'] =
    refunded.refund?.status === 'SUCCEEDED'
      ? codesOf(await merchant.cancel({ transactionId: paid.id }))
      : USUAL['cancelled after a refund'];
  const last = await merchant.refund({ transactionId: paid.id, idempotencyKey: 'rest' });
  day['refunded to the end'] = [last.refund?.status, last.transaction?.status];
  const second = await merchant.transactionOf(other);
  day['cancelled'] = (await merchant.cancel({ transactionId: second.id })).transaction?.status;

  const done = async (change: Promise<Failing>): Promise<unknown> => {
    const codes = codesOf(await change);
    return codes.length === 0 ? 'done' : codes;
  };
  day['modified'] = await done(
    merchant.modifyQrCode({ qrCodeId, storeName: `茶 ${reading}`.slice(0, 30) }),
  );
  day['stopped, twice'] = [
    await done(merchant.stopQrCode({ qrCodeId })),
    await done(merchant.stopQrCode({ qrCodeId })),
  ];
  day['restarted'] = await done(merchant.restartQrCode({ qrCodeId }));
  day['deleted'] = await done(merchant.deleteQrCode({ qrCodeId }));
  day['created after a deletion'] = (await merchant.createQrCode({ storeId: store.id })).qrCode
    ?.status;

  if (isAboutRegistration(reading)) day['registered'] = await register();
  return day;
}

/** The same at a gateway that answers one question otherwise. */
export async function liveUnder(world: World, { name, value }: Reading): Promise<Day> {
  await world.gateway.call('POST /variants', { [name]: value });
  try {
    return await live(world, `${name}=${value}`);
  } finally {
    await world.gateway.call('POST /variants', { [name]: usualOf(name) });
  }
}

/** What then looks different to users. */
export function expectedUnder({ name, value }: Reading): Day {
  return { ...USUAL, ...OTHERWISE[`${name}=${value}`] };
}

function codesOf({ userErrors }: Failing): string[] {
  return userErrors.map(({ code }) => code);
}
