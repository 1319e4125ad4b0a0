import { endWorldsInAgreement } from '../support/expect-sums-agree';
import {
  ACQUIRE_CANCEL,
  OVERSEAS_QUERY,
  QRCODE_CREATE,
  QRCODE_MODIFY,
  QRCODE_MODIFY_STATUS,
  REFUND_QUERY,
  SPOT_REFUND,
} from '../support/lost-answers';
import { postMessage, signedByGateway, TAKEN_IN } from '../support/messages';
import { takePayments } from '../support/payments';
import { payUnheard } from '../support/unheard';
import { startWorld } from '../support/world';

afterEach(endWorldsInAgreement);

const SERVICES = [
  QRCODE_CREATE,
  QRCODE_MODIFY,
  QRCODE_MODIFY_STATUS,
  SPOT_REFUND,
  OVERSEAS_QUERY,
  ACQUIRE_CANCEL,
  REFUND_QUERY,
];

test.each(['UTF-8', 'GBK'])(
  'Traditional Chinese goes the whole way when answers are in %s',
  async (charset) => {
    const world = await startWorld();
    const { merchant, gateway } = world;
    if (charset === 'GBK') {
      for (const service of SERVICES) await gateway.fault(service, 'gbk', 1_000);
    }

    const counter = await merchant.openCounter(
      { name: '鴻福茶餐廳「旺角」', address: '旺角彌敦道 688 號地下𨋢口', shop: '旺角店' },
      { label: '收銀檯・一' },
      { name: '鴻福飲食（香港）有限公司' },
    );
    expect(counter).toMatchObject({
      merchant: { name: '鴻福飲食（香港）有限公司' },
      store: { name: '鴻福茶餐廳「旺角」', address: '旺角彌敦道 688 號地下𨋢口', shop: '旺角店' },
      qrCode: { status: 'ACTIVE', label: '收銀檯・一' },
    });
    const qrCodeId = counter.qrCode.id;
    expect(
      await merchant.modifyQrCode({ qrCodeId, storeName: '鴻福冰室', merchantName: '鴻福餐飲' }),
    ).toMatchObject({ qrCode: { changePending: false, store: { name: '鴻福冰室' } } });
    expect(await gateway.codes()).toMatchObject([
      { store_name: '鴻福冰室', secondary_merchant_name: '鴻福餐飲' },
    ]);

    const payments = await takePayments(world, counter, ['88.00', '9.00']);
    const [refundable, cancellable] = payments.map(({ id }) => id);
    expect(payments).toMatchObject([
      { store: { name: '鴻福冰室' }, paymentInstitution: 'ALIPAY_HK' },
      { store: { name: '鴻福冰室' }, paymentInstitution: 'ALIPAY_HK' },
    ]);
    expect(
      await merchant.refund({
        transactionId: refundable,
        amount: { amount: '8.00', currency: 'HKD' },
        reason: '叉燒飯涷咗，客人唔啱食',
        idempotencyKey: '退款—一',
      }),
    ).toMatchObject({ refund: { status: 'SUCCEEDED', reason: '叉燒飯涷咗，客人唔啱食' } });
    expect((await gateway.books()).find(({ amount }) => amount === '88.00')).toMatchObject({
      refunds: [{ reason: '叉燒飯涷咗，客人唔啱食' }],
    });
    expect(await merchant.cancel({ transactionId: cancellable, reason: '落錯單' })).toMatchObject({
      transaction: { status: 'CANCELLED' },
    });
    expect(
      await merchant.claim({ transactionId: refundable, saleReference: '單號一' }),
    ).toMatchObject({ transaction: { saleReference: '單號一' }, userErrors: [] });
    expect(await merchant.stopQrCode({ qrCodeId })).toMatchObject({
      qrCode: { status: 'STOPPED' },
    });

    const subjects = (await merchant.notifications()).map(({ fields }) => fields?.['subject']);
    expect(new Set(subjects)).toEqual(new Set(['鴻福冰室']));
    const outcomes = (await merchant.gatewayCalls()).map(({ outcome }) => outcome);
    expect(outcomes).not.toContain('UNKNOWN');
  },
);

test('a notification in GBK is read in GBK', async () => {
  const world = await startWorld({ simulator: { timeScale: 0.01 } });
  const { merchant } = world;
  const counter = await merchant.openCounter({ name: '鴻福茶餐廳' });
  const { forms, notify_url: url, ...trade } = await payUnheard(world, counter, '31.00');

  const answer = await postMessage(url, signedByGateway(forms[0] ?? {}, 'GBK'));

  expect(answer).toEqual(TAKEN_IN);
  const { id } = await merchant.transactionOf(trade);
  expect(await merchant.notifications({ transactionId: id })).toMatchObject([
    { status: 'APPLIED', fields: { subject: '鴻福茶餐廳' } },
  ]);
});
