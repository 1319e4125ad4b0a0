import { createSigner, encodeNotification, type SignType } from '@countersign/alipay-protocol';

import { GATEWAY_KEYS, merchantEnvironment } from '../support/keys';
import { takePayment } from '../support/payments';
import { waitFor } from '../support/wait-for';
import { endWorlds, startWorld } from '../support/world';

afterEach(endWorlds);

test.each<SignType>(['MD5', 'RSA', 'RSA2'])(
  'a day goes well with keys of the sign type %s, whichever wallet pays',
  async (signType) => {
    const world = await startWorld({ signType });
    const { merchant, gateway } = world;
    const { qrCode } = await merchant.openCounter();

    for (const [wallet, institution] of [
      ['ALIPAYHK', 'ALIPAY_HK'],
      ['ALIPAYCN', 'ALIPAY_CN'],
      ['ALIPAYPLUS', 'ALIPAY_PLUS'],
    ] as const) {
      const trade = await gateway.pay({ qrcode: qrCode.code, amount: '10.00', wallet });
      const payment = await merchant.transactionOf(
        trade,
        ({ paymentInstitution }) => paymentInstitution !== 'UNKNOWN',
      );
      expect([payment.paymentInstitution, payment.paymentInstitutionCode]).toEqual([
        institution,
        wallet,
      ]);
      expect(
        await merchant.refund({ transactionId: payment.id, idempotencyKey: wallet }),
      ).toMatchObject({ refund: { status: 'SUCCEEDED' }, transaction: { status: 'REFUNDED' } });
      const { notifications } = await gateway.bookedTrade(trade.trade_no);
      expect(notifications[0]?.sends[0]?.form['sign_type']).toBe(signType);
    }
  },
);

test('a contract that restricts a service to MD5, and notifications of another sign type, are configured', async () => {
  const world = await startWorld({
    env: {
      ...merchantEnvironment('MD5'),
      ...merchantEnvironment('RSA'),
      ALIPAY_SIGN_TYPE_BY_SERVICE: 'alipay.commerce.qrcode.modify=MD5',
      ALIPAY_NOTIFY_SIGN_TYPE: 'RSA2',
    },
    simulator: { variants: { modifySignType: 'MD5' } },
  });
  const { merchant, gateway } = world;

  const { qrCode } = await merchant.openCounter();
  const modified = await merchant.modifyQrCode({ qrCodeId: qrCode.id, storeName: '新名' });
  const trade = await gateway.pay({ qrcode: qrCode.code, amount: '10.00' });

  expect(modified).toMatchObject({ qrCode: { changePending: false }, userErrors: [] });
  await merchant.transactionOf(trade);
  const { notifications } = await gateway.bookedTrade(trade.trade_no);
  expect(notifications[0]?.sends[0]?.form['sign_type']).toBe('RSA2');
});

test('a key is changed without a lost payment: the one of before counts as well', async () => {
  const old = 'the-old-md5-key-of-the-contract';
  const world = await startWorld({
    signType: 'MD5',
    env: { ALIPAY_PREVIOUS_MD5_KEY: old },
  });
  const { merchant, gateway } = world;
  const payment = await takePayment(world);
  const [trade] = await gateway.books();
  const { sign: _sign, sign_type: _type, ...form } = trade?.notifications[0]?.sends[0]?.form ?? {};
  const signer = createSigner({ signType: 'MD5', md5Key: old });
  const resigned = encodeNotification(
    { ...form, notify_id: 'signed-with-the-old-key' },
    signer,
    {},
  );

  const response = await fetch(trade?.notify_url ?? '', {
    method: 'POST',
    headers: { 'content-type': resigned.contentType },
    body: new Uint8Array(Buffer.from(resigned.body)),
  });

  expect(await response.text()).toBe('success');
  await waitFor('both applied', async () => {
    const applied = await merchant.notifications({ transactionId: payment.id });
    return applied.length === 2;
  });
  expect(old).not.toBe(GATEWAY_KEYS.md5Key);
});
