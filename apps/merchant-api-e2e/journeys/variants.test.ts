import { VARIANTS } from '@countersign/gateway-simulator';

import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { registrarsOf } from '../support/registrations';
import type { Failing } from '../support/shapes';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

const MINUTES = 4 * 60_000;

/** What somebody sees of a day with one counter. */
type Day = Record<string, unknown>;

const USUAL: Day = {
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
const OTHERWISE: Readonly<Record<string, Day>> = {
  'refundReason=refund_reason': { 'refunded in part, with a reason': 'FAILED' },
  'modifySignType=MD5': { modified: ['ALIPAY_REJECTED'] },
  'deletedCode=keeps-its-place': { 'created after a deletion': 'REJECTED' },
  'queryByAlipayTransId=refuses': { 'recovered by Alipay’s number': ['ALIPAY_REJECTED'] },
};

const readings = Object.entries(VARIANTS).flatMap(([name, values]) =>
  values.map((value, place) => ({ name, value: value, isUsual: place === 0 })),
);

let shop: World;
beforeAll(async () => {
  shop = await startWorld();
});
afterAll(endWorldsInAgreement);

test(
  'the main journey under the usual reading of everything',
  async () => {
    expect(await live(shop, 'usual')).toEqual(USUAL);
  },
  MINUTES,
);

test.each(readings.filter(({ isUsual }) => !isUsual))(
  'the main journey when $name is $value',
  async ({ name, value }) => {
    await shop.gateway.call('POST /variants', { [name]: value });
    const reading = `${name}=${value}`;
    try {
      expect(await live(shop, reading)).toEqual({ ...USUAL, ...OTHERWISE[reading] });
    } finally {
      await shop.gateway.call('POST /variants', { [name]: usualOf(name) });
    }
  },
  MINUTES,
);

test('every reading that changes something for users is one there is', () => {
  const known = readings.map(({ name, value }) => `${name}=${value}`);
  for (const reading of Object.keys(OTHERWISE)) expect(known).toContain(reading);
});

/** A review takes a second: it is lived through where it could be another. */
function isAboutRegistration(reading: string): boolean {
  return /^usual$|registration|refusedUpdate|maintain|failureWord|answerCharset/.test(reading);
}

function usualOf(name: string): string {
  return readings.find((one) => one.name === name && one.isUsual)?.value ?? '';
}

/** One counter from its code to its deletion. */
async function live(world: World, reading: string): Promise<Day> {
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

function codesOf({ userErrors }: Failing): string[] {
  return userErrors.map(({ code }) => code);
}
