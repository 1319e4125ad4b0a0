import {
  createSigner,
  createVerifier,
  encodeAnswer,
  verifyFields,
} from '@countersign/alipay-protocol';

import {
  bizData,
  clientOf,
  md5Key,
  notifyUrl,
  partnerId,
  qrcode,
  refund,
  refundAnswer,
  signed,
  verifier,
} from './client-under-test';
import { type GatewayDouble, openGatewayDouble, xml } from './gateway-double';

let gateway: GatewayDouble;
const clients: { readonly close: () => Promise<void> }[] = [];

beforeEach(async () => {
  gateway = await openGatewayDouble();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await gateway.close();
});

function client(options: Parameters<typeof clientOf>[1] = {}) {
  const { alipay } = clientOf(gateway, options);
  clients.push(alipay);
  return alipay;
}

/** What was sent beyond what every request carries. */
function sent() {
  const [one] = gateway.received;
  if (one === undefined) throw new Error('nothing was sent');
  const { partner, _input_charset, sign, sign_type, ...own } = one.fields;
  expect({ partner, _input_charset, sign_type }).toEqual({
    partner: partnerId,
    _input_charset: 'UTF-8',
    sign_type: 'MD5',
  });
  expect(sign).toMatch(/^[0-9a-f]{32}$/);
  return own;
}

const base = { service: 'x' };

describe('what goes over the wire', () => {
  test('a POST has its charset in the address and everything else in the form, signed', async () => {
    gateway.answer(signed(refundAnswer));

    await client().spotRefund(refund);

    const [one] = gateway.received;
    expect(one?.url).toBe('/gateway.do?_input_charset=UTF-8');
    expect(one?.contentType).toMatch(/^application\/x-www-form-urlencoded/);
    expect(() => verifyFields(one?.fields ?? base, verifier)).not.toThrow();
  });

  test('a refund is asked synchronously, with the HK spelling of its reason and two decimals', async () => {
    gateway.answer(signed({ ...refundAnswer, refund_amount: '12.00' }));

    await client().spotRefund({ ...refund, amount: { minor: 1200n, currency: 'HKD' } });

    expect(sent()).toEqual({
      service: 'alipay.acquire.overseas.spot.refund',
      partner_trans_id: refund.partnerTransId,
      alipay_trans_id: refund.alipayTransId,
      partner_refund_id: refund.partnerRefundId,
      refund_amount: '12.00',
      currency: 'HKD',
      refund_reson: 'cold coffee',
      is_sync: 'Y',
    });
  });

  test('what is not given is not sent', async () => {
    gateway.answer(signed(refundAnswer));

    await client().spotRefund({ ...refund, alipayTransId: undefined, reason: '' });

    expect(Object.keys(sent())).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/reson|alipay_trans_id|timestamp|notify_url/)]),
    );
  });

  test.each([
    [{ partnerTransId: 'T1' }, { partner_trans_id: 'T1' }],
    [{ alipayTransId: 'A1' }, { alipay_trans_id: 'A1' }],
    [
      { partnerTransId: 'T1', alipayTransId: 'A1' },
      { partner_trans_id: 'T1', alipay_trans_id: 'A1' },
    ],
  ])('a query by %j names just that, without a timestamp', async (request, fields) => {
    gateway.answer(signed({ result_code: 'FAIL', error: 'TRADE_NOT_EXIST' }));

    await client().overseasQuery(request);

    expect(sent()).toEqual({ service: 'alipay.acquire.overseas.query', ...fields });
  });

  test('a cancel has the other name of the id, and its time in milliseconds', async () => {
    gateway.answer(signed({ result_code: 'FAIL', detail_error_code: 'TRADE_NOT_EXIST' }));

    await client().acquireCancel({ outTradeNo: 'T1', tradeNo: 'A1' });

    expect(sent()).toEqual({
      service: 'alipay.acquire.cancel',
      out_trade_no: 'T1',
      trade_no: 'A1',
      timestamp: '1767323045678',
    });
  });

  test('a refund query names trade and refund', async () => {
    gateway.answer(signed({ response_code: 'NOT_FOUND' }));

    await client().refundQuery({ outTradeNo: 'T1', outReturnNo: 'R1' });

    expect(sent()).toEqual({
      service: 'alipay.acquire.refund.query',
      out_trade_no: 'T1',
      out_return_no: 'R1',
    });
  });

  test('a create has Beijing time and its content as one JSON text', async () => {
    gateway.answer(signed({ qrcode }, { element: 'qrcodeinfo' }));

    await client().qrcodeCreate({
      notifyUrl,
      bizData: {
        ...bizData,
        countryCode: 'HK',
        address: '皇后大道中 1 號',
        channelFee: { type: 'FIXED', value: '1.5' },
        notifySignType: 'RSA2',
        passbackParameters: { till: '3' },
      },
    });

    const { biz_data: json, ...others } = sent();
    expect(others).toEqual({
      service: 'alipay.commerce.qrcode.create',
      timestamp: '2026-01-02 11:04:05',
      notify_url: notifyUrl,
      biz_type: 'OVERSEASHOPQRCODE',
    });
    expect(JSON.parse(json ?? '')).toEqual({
      secondary_merchant_industry: '5812',
      secondary_merchant_id: 'M_1',
      secondary_merchant_name: '美味茶餐廳',
      store_id: 'S-1',
      store_name: 'Central',
      trans_currency: 'HKD',
      currency: 'HKD',
      country_code: 'HK',
      address: '皇后大道中 1 號',
      channel_fee: { type: 'FIXED', value: '1.50' },
      notify_sign_type: 'RSA2',
      passback_parameters: '{"till":"3"}',
    });
  });

  test('a modify names its code beside the whole content', async () => {
    gateway.answer(signed({ qrcode }, { element: 'qrcodeinfo' }));

    await client().qrcodeModify({
      notifyUrl,
      qrcode,
      bizData: { ...bizData, channelFee: { type: 'RATE', value: '0.01' } },
    });

    const { biz_data: json, ...others } = sent();
    expect(others).toEqual({
      service: 'alipay.commerce.qrcode.modify',
      timestamp: '2026-01-02 11:04:05',
      notify_url: notifyUrl,
      biz_type: 'OVERSEASHOPQRCODE',
      qrcode,
    });
    expect(JSON.parse(json ?? '')).toMatchObject({ channel_fee: { type: 'RATE', value: '0.01' } });
  });

  test.each(['STOP', 'RESTART', 'DELETE'] as const)(
    '%s stands at the top level',
    async (status) => {
      gateway.answer(signed({ qrcode }, { element: 'qrcodeinfo' }));

      await client().qrcodeModifyStatus({ notifyUrl, qrcode, status });

      expect(sent()).toEqual({
        service: 'alipay.commerce.qrcode.modifyStatus',
        timestamp: '2026-01-02 11:04:05',
        notify_url: notifyUrl,
        biz_type: 'OVERSEASHOPQRCODE',
        qrcode,
        status,
      });
    },
  );

  test('a service with keys of its own is signed and checked with those', async () => {
    const otherKey = 'ffffffffffffffffffffffffffffffff';
    const other = {
      signer: createSigner({ signType: 'MD5', md5Key: otherKey }),
      verifier: createVerifier({ signType: 'MD5', md5Key: otherKey }),
    };
    gateway.answer(xml(encodeAnswer({ qrcode }, other.signer, { element: 'qrcodeinfo' })));
    const alipay = client({ byService: { 'alipay.commerce.qrcode.modify': other } });

    const outcome = await alipay.qrcodeModify({ qrcode, bizData });

    expect(outcome.kind).toBe('SUCCEEDED');
    expect(() => verifyFields(gateway.received[0]?.fields ?? base, other.verifier)).not.toThrow();
    expect(otherKey).not.toBe(md5Key);
  });

  test('the partner is readable, so that ids can be derived from it', () => {
    expect(client().partnerId).toBe(partnerId);
  });
});

describe('what breaks a rule is never sent', () => {
  test.each([
    ['amount', () => client().spotRefund({ ...refund, amount: { minor: 0n, currency: 'HKD' } })],
    ['reason', () => client().spotRefund({ ...refund, reason: 'the "good" one' })],
    ['reason', () => client().spotRefund({ ...refund, reason: '茶'.repeat(129) })],
    [
      'partnerRefundId',
      () => client().spotRefund({ ...refund, partnerRefundId: refund.partnerTransId }),
    ],
    ['partnerTransId', () => client().overseasQuery({})],
    ['outTradeNo', () => client().acquireCancel({ outTradeNo: 'T'.repeat(65) })],
    ['outReturnNo', () => client().refundQuery({ outTradeNo: 'T1', outReturnNo: '' })],
    ['notifyUrl', () => client().qrcodeCreate({ notifyUrl: 'ftp://x', bizData })],
    ['bizData.storeId', () => client().qrcodeCreate({ bizData: { ...bizData, storeId: 'a b' } })],
    [
      'bizData.address',
      () => client().qrcodeModify({ qrcode, bizData: { ...bizData, address: '街'.repeat(700) } }),
    ],
    ['qrcode', () => client().qrcodeModifyStatus({ qrcode: '', status: 'STOP' })],
  ])('%s', async (field, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'ALIPAY_REQUEST_INVALID', field });

    expect(gateway.received).toHaveLength(0);
  });

  test('text that the charset lacks', async () => {
    const gbk = createSigner({ signType: 'MD5', md5Key, charset: 'GBK' });

    await expect(
      client({ signer: gbk }).spotRefund({ ...refund, reason: '🙂' }),
    ).rejects.toMatchObject({
      code: 'ALIPAY_UNENCODABLE_TEXT',
    });

    expect(gateway.received).toHaveLength(0);
  });
});
