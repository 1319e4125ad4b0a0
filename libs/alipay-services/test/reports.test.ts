import { type AlipayClient, type AlipayClientOptions } from '../src/index';
import {
  bizData,
  clientOf,
  md5Key,
  notifyUrl,
  now,
  partnerId,
  qrcode,
  refund,
  refundAnswer,
  refusedUnsigned,
  signed,
} from './client-under-test';
import { cut, type GatewayDouble, openGatewayDouble } from './gateway-double';

let gateway: GatewayDouble;
const clients: AlipayClient[] = [];

beforeEach(async () => {
  gateway = await openGatewayDouble();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await gateway.close();
});

function client(options: Partial<AlipayClientOptions> = {}) {
  const under = clientOf(gateway, options);
  clients.push(under.alipay);
  return under;
}

describe('every call is reported', () => {
  test.each([
    ['Fri, 02 Jan 2026 03:04:05 GMT', 678],
    ['Fri, 02 Jan 2026 03:05:05 GMT', -59_322],
    ['yesterday', undefined],
    [undefined, undefined],
  ])('with how far our clock is ahead of the Date %s', async (date, clockSkewMs) => {
    gateway.answer((response, received) => {
      if (date === undefined) response.sendDate = false;
      else response.setHeader('date', date);
      signed(refundAnswer)(response, received);
    });
    const { alipay, reports } = client();

    await alipay.spotRefund(refund);

    expect(reports[0]?.clockSkewMs).toBe(clockSkewMs);
  });

  test('one that succeeded, with both messages', async () => {
    gateway.answer(signed(refundAnswer));
    const { alipay, reports } = client();

    await alipay.spotRefund(refund);

    expect(reports).toEqual([
      {
        service: 'alipay.acquire.overseas.spot.refund',
        outcome: 'SUCCEEDED',
        startedAt: now,
        durationMs: expect.any(Number) as number,
        clockSkewMs: expect.any(Number) as number,
        request: {
          service: 'alipay.acquire.overseas.spot.refund',
          partner: partnerId,
          _input_charset: 'UTF-8',
          partner_trans_id: refund.partnerTransId,
          alipay_trans_id: refund.alipayTransId,
          partner_refund_id: refund.partnerRefundId,
          refund_amount: '12.50',
          currency: 'HKD',
          refund_reson: 'cold coffee',
          is_sync: 'Y',
        },
        response: refundAnswer,
      },
    ]);
  });

  test('one that was refused, with the code', async () => {
    gateway.answer(refusedUnsigned('ILLEGAL_PARTNER'));
    const { alipay, reports } = client();

    await alipay.spotRefund(refund);

    expect(reports).toMatchObject([
      {
        outcome: 'REJECTED',
        alipayCode: 'ILLEGAL_PARTNER',
        response: { is_success: 'F', error: 'ILLEGAL_PARTNER' },
      },
    ]);
  });

  test('one that came to nothing, with the reason', async () => {
    gateway.answer(cut);
    const { alipay, reports } = client();

    await alipay.spotRefund(refund);

    expect(reports).toMatchObject([
      {
        outcome: 'UNKNOWN',
        response: undefined,
        cause: expect.stringContaining(
          'the connection broke before the answer was whole',
        ) as string,
      },
    ]);
  });

  test('one whose answer speaks of something else, with that answer', async () => {
    gateway.answer(signed({ ...refundAnswer, partner_refund_id: 'R2' }));
    const { alipay, reports } = client();

    await alipay.spotRefund(refund);

    expect(reports).toMatchObject([
      {
        outcome: 'UNKNOWN',
        response: { partner_refund_id: 'R2' },
        cause: 'the signed answer speaks of another partner_refund_id than was asked for',
      },
    ]);
  });

  test('one whose long reason is cut between two characters, never within one', async () => {
    gateway.answer(signed({ qrcode, result_code: '😀'.repeat(400) }, { element: 'qrcodeinfo' }));
    const { alipay, reports } = client();

    await alipay.qrcodeCreate({ notifyUrl, bizData });

    expect(reports[0]?.cause).toMatch(/^[^\p{Cs}]*😀$/u);
  });

  test('none for a request that was never sent', async () => {
    const { alipay, reports } = client();

    await expect(alipay.acquireCancel({ outTradeNo: '' })).rejects.toThrow('outTradeNo is missing');

    expect(reports).toHaveLength(0);
  });
});

describe('what is reported', () => {
  test('holds no signature, no key, no token and no full buyer id', async () => {
    gateway.answer(
      signed({ qrcode, echo: notifyUrl }, { element: 'qrcodeinfo' }),
      signed({
        result_code: 'SUCCESS',
        partner_trans_id: 'T1',
        alipay_trans_id: 'A1',
        alipay_trans_status: 'TRADE_SUCCESS',
        alipay_buyer_user_id: '2088000000000001',
        alipay_buyer_login_id: '13800138000',
      }),
    );
    const { alipay, reports } = client();

    await alipay.qrcodeCreate({ notifyUrl, bizData });
    await alipay.overseasQuery({ partnerTransId: 'T1' });

    const text = JSON.stringify(reports);
    expect(text).not.toMatch(/t0ps3cr3t|2088000000000001|13800138000|"sign"/);
    expect(text).not.toContain(md5Key);
    expect(reports[0]?.request['notify_url']).toBe(
      'https://pay.shop.example/alipay/notifications/[secret]',
    );
    expect(reports[1]?.response?.['alipay_buyer_user_id']).toBe('****0001');
  });

  test('is waited for', async () => {
    gateway.answer(signed(refundAnswer));
    let isKept = false;
    const { alipay } = client({
      onCall: async () => {
        await new Promise(setImmediate);
        isKept = true;
      },
    });

    await alipay.spotRefund(refund);

    expect(isKept).toBe(true);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('the disk is full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the disk is full'))],
  ])(
    'that cannot be kept (it %s) changes no outcome and becomes a warning',
    async (_how, onCall) => {
      gateway.answer(signed(refundAnswer));
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      const { alipay } = client({ onCall });

      const outcome = await alipay.spotRefund(refund);

      expect(outcome.kind).toBe('SUCCEEDED');
      expect(warn.mock.calls).toEqual([
        [expect.stringContaining('the disk is full'), { code: 'ALIPAY_CALL_NOT_RECORDED' }],
      ]);
      warn.mockRestore();
    },
  );
});
