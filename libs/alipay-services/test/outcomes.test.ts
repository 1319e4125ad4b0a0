import { createSigner, encodeAnswer, type Fields } from '@countersign/alipay-protocol';

import { type AlipayClient, type Outcome, SIGNED_SERVICES } from '../src/index';
import {
  bizData,
  clientOf,
  qrcode,
  refund,
  refundAnswer,
  refusedUnsigned,
  registration,
  signed,
  signer,
  storeInQuestion,
} from './client-under-test';
import { type Answering, type GatewayDouble, openGatewayDouble, page, xml } from './gateway-double';

let gateway: GatewayDouble;
let alipay: AlipayClient;

beforeEach(async () => {
  gateway = await openGatewayDouble();
  ({ alipay } = clientOf(gateway));
});

afterEach(async () => {
  await alipay.close();
  await gateway.close();
});

const trade = { outTradeNo: refund.partnerTransId, tradeNo: refund.alipayTransId };
const refundQuestion = { outTradeNo: refund.partnerTransId, outReturnNo: refund.partnerRefundId };

const calls = {
  spotRefund: () => alipay.spotRefund(refund),
  overseasQuery: () =>
    alipay.overseasQuery({
      partnerTransId: refund.partnerTransId,
      alipayTransId: refund.alipayTransId,
    }),
  acquireCancel: () => alipay.acquireCancel(trade),
  refundQuery: () => alipay.refundQuery(refundQuestion),
  qrcodeCreate: () => alipay.qrcodeCreate({ bizData }),
  qrcodeModify: () => alipay.qrcodeModify({ qrcode, bizData }),
  qrcodeModifyStatus: () => alipay.qrcodeModifyStatus({ qrcode, status: 'STOP' }),
  secmerchantOfflineMaintain: () => alipay.secmerchantOfflineMaintain(registration),
  secmerchantQueryStatus: () => alipay.secmerchantQueryStatus(storeInQuestion),
} as const satisfies Record<string, () => Promise<Outcome<unknown>>>;

type Name = keyof typeof calls;
const names = Object.keys(calls) as Name[];

const queryAnswer: Fields = {
  result_code: 'SUCCESS',
  alipay_buyer_login_id: '852-****0000',
  alipay_buyer_user_id: '2088000000000001',
  alipay_pay_time: '20260102110405',
  alipay_trans_id: refund.alipayTransId,
  alipay_trans_status: 'TRADE_SUCCESS',
  currency: 'HKD',
  out_trade_no: refund.partnerTransId,
  partner_trans_id: refund.partnerTransId,
  payment_inst: 'ALIPAYHK',
  trans_amount: '12.50',
};

async function outcomeOf(name: Name, answer: Answering): Promise<Outcome<unknown>> {
  gateway.answer(answer);
  return calls[name]();
}

test('the services that can have keys of their own are those that are called', async () => {
  gateway.answer(...names.map(() => signed({ result_code: 'SUCCESS' })));
  for (const name of names) await calls[name]();

  expect(gateway.received.map(({ fields }) => fields['service']).sort()).toEqual(
    [...SIGNED_SERVICES].sort(),
  );
});

describe('a definite no', () => {
  test.each<[Name, Fields]>([
    ['spotRefund', { result_code: 'FAIL', error: 'MERCHANT_BALANCE_NOT_ENOUGH' }],
    ['spotRefund', { result_code: 'FAILED', error: 'TRADE_HAS_CLOSE' }],
    ['spotRefund', { result_code: 'FAIL', detail_error_code: 'RETURN_AMOUNT_EXCEED' }],
    ['overseasQuery', { result_code: 'FAIL', error: 'TRADE_NOT_EXIST' }],
    ['overseasQuery', { result_code: 'FAIL', error: 'TRANS_NOT_FOUND' }],
    [
      'acquireCancel',
      { result_code: 'FAIL', retry_flag: 'N', detail_error_code: 'TRADE_CANCEL_TIME_OUT' },
    ],
    ['refundQuery', { response_code: 'TRADE_NOT_EXIST' }],
    ['refundQuery', { response_code: 'ACCESS_FORBIDDEN' }],
    ['refundQuery', { result_code: 'FAIL', error: 'INVALID_PARAMETER' }],
    ['qrcodeCreate', { error: 'INVALID_PARAMETER' }],
    ['qrcodeModify', { result_code: 'FAIL', error: 'SECONDARY_MERCHANT_STATUS_ERROR' }],
    ['qrcodeModifyStatus', { result_code: 'FAIL', detail_error_code: 'ILLEGAL_ARGUMENT' }],
    ['secmerchantOfflineMaintain', { result_code: 'FAIL', error: 'PARAM_ILLEGAL' }],
    ['secmerchantQueryStatus', { result_code: 'FAIL', error: 'PARAM_ILLEGAL' }],
    ['secmerchantQueryStatus', { error: 'ACCESS_FORBIDDEN' }],
  ])('%s: %j, signed', async (name, fields) => {
    const outcome = await outcomeOf(name, signed(fields));

    const code = fields['error'] ?? fields['detail_error_code'] ?? fields['response_code'];
    expect(outcome).toEqual({ kind: 'REJECTED', alipayCode: code, signed: true });
  });

  test.each(names)("%s: the gateway's own refusal of what we sent, unsigned", async (name) => {
    const outcome = await outcomeOf(name, refusedUnsigned('ILLEGAL_SIGN'));

    expect(outcome).toEqual({ kind: 'REJECTED', alipayCode: 'ILLEGAL_SIGN', signed: false });
  });

  test("Alipay's words come along", async () => {
    const outcome = await outcomeOf(
      'acquireCancel',
      signed({
        result_code: 'FAIL',
        detail_error_code: 'TRADE_STATUS_ERROR',
        detail_error_des: '交易狀態',
      }),
    );

    expect(outcome).toMatchObject({ kind: 'REJECTED', message: '交易狀態' });
  });
});

describe('not knowing', () => {
  test.each<[Name, string, Fields]>([
    ['spotRefund', "Alipay's own trouble", { result_code: 'FAIL', error: 'SYSTEM_ERROR' }],
    ['spotRefund', 'UNKNOW', { result_code: 'UNKNOW' }],
    ['spotRefund', 'UNKNOWN', { result_code: 'UNKNOWN', error: 'TRADE_HAS_CLOSE' }],
    ['spotRefund', 'a code nobody has written down', { result_code: 'FAIL', error: 'BRAND_NEW' }],
    [
      'spotRefund',
      'a repeat that may have worked',
      { result_code: 'FAIL', error: 'REPEATED_REFUNDMENT_REQUEST' },
    ],
    ['spotRefund', 'a refusal without a code', { result_code: 'FAIL' }],
    ['spotRefund', 'no result', { partner_refund_id: refund.partnerRefundId }],
    [
      'acquireCancel',
      'an invitation to repeat',
      { result_code: 'FAIL', retry_flag: 'Y', detail_error_code: 'TRADE_STATUS_ERROR' },
    ],
    ['refundQuery', 'QUERY_FAILED', { response_code: 'QUERY_FAILED' }],
    [
      'refundQuery',
      'a state that is none',
      {
        response_code: 'SUCCESS',
        refund_result_code: 'MAYBE',
        out_return_no: refund.partnerRefundId,
      },
    ],
    [
      'refundQuery',
      'no state',
      { response_code: 'SUCCESS', out_return_no: refund.partnerRefundId },
    ],
    [
      'refundQuery',
      'the result of another service',
      { result_code: 'SUCCESS', out_return_no: refund.partnerRefundId },
    ],
    ['overseasQuery', 'no state of the trade', { ...queryAnswer, alipay_trans_status: '' }],
    ['overseasQuery', 'an amount that is none', { ...queryAnswer, trans_amount: '1e3' }],
    ['qrcodeCreate', 'a success without a code', { result_code: 'SUCCESS' }],
    ['qrcodeModifyStatus', 'an unknown result', { result_code: 'UNKNOWN', qrcode }],
    ['qrcodeModify', "Alipay's own trouble", { error: 'SYSTEM_ERROR' }],
    ['secmerchantOfflineMaintain', 'no result', { store_id: 'S-1' }],
    ['secmerchantOfflineMaintain', 'UNKNOW', { result_code: 'UNKNOW' }],
    ['secmerchantQueryStatus', "Alipay's own trouble", { error: 'SYSTEM_ERROR' }],
  ])('%s: %s', async (name, _why, fields) => {
    const outcome = await outcomeOf(name, signed(fields));

    expect(outcome).toMatchObject({ kind: 'UNKNOWN', cause: expect.any(Error) as Error });
  });

  test.each([
    'SYSTEM_ERROR',
    'SESSION_TIMEOUT',
    'EXTERFACE_IS_CLOSED',
    'ILLEGAL_TARGET_SERVICE',
    'TRADE_NOT_EXIST',
    'BRAND_NEW',
  ])('an unsigned %s settles nothing', async (code) => {
    const outcome = await outcomeOf('spotRefund', refusedUnsigned(code));

    expect(outcome).toMatchObject({ kind: 'UNKNOWN', alipayCode: code });
  });

  test.each(names)('%s: a success signed by somebody else', async (name) => {
    const stranger = createSigner({ signType: 'MD5', md5Key: 'f'.repeat(32) });
    const fields = { ...refundAnswer, qrcode, response_code: 'NOT_FOUND' };

    const outcome = await outcomeOf(name, xml(encodeAnswer(fields, stranger)));

    expect(outcome).toMatchObject({
      kind: 'UNKNOWN',
      cause: { code: 'ALIPAY_SIGNATURE_MISMATCH' },
    });
  });

  test('a success without a signature', async () => {
    const whole = Buffer.from(encodeAnswer(refundAnswer, signer)).toString('utf8');
    const bare = whole.replace(/<sign>.*<\/sign>/, '').replace(/<sign_type>.*<\/sign_type>/, '');

    const outcome = await outcomeOf('spotRefund', xml(Buffer.from(bare)));

    expect(outcome).toMatchObject({ kind: 'UNKNOWN', cause: { code: 'ALIPAY_SIGNATURE_MISSING' } });
  });

  test.each([
    [200, 'text/html', '<html>We are busy</html>', 'HTTP 200 text/html'],
    [500, 'text/html; charset=GBK', 'Internal Server Error', 'HTTP 500 text/html'],
    [
      503,
      'text/xml',
      '<alipay><is_success>F</is_success><error>ILLEGAL_SIGN</error></alipay>',
      'HTTP 503 text/xml',
    ],
    [200, 'text/plain', 'true', 'HTTP 200 text/plain'],
    [200, 'text/xml', '', 'HTTP 200 with nothing'],
    [302, 'text/html', 'moved', 'HTTP 302 text/html'],
  ])('HTTP %i %s: says in plain words what came', async (status, contentType, text, words) => {
    const outcome = await outcomeOf('spotRefund', page(status, contentType, text));

    expect(outcome).toMatchObject({
      kind: 'UNKNOWN',
      cause: {
        code: 'ALIPAY_ANSWER_UNREADABLE',
        message: `the gateway answered ${words} instead of a signed XML answer`,
      },
    });
  });

  test('XML that is broken', async () => {
    const outcome = await outcomeOf('spotRefund', page(200, 'text/xml', '<alipay><is_success>T'));

    expect(outcome).toMatchObject({ kind: 'UNKNOWN', cause: { code: 'ALIPAY_MALFORMED_MESSAGE' } });
  });
});

describe('an answer to another question', () => {
  const cancelled = {
    result_code: 'SUCCESS',
    out_trade_no: trade.outTradeNo,
    trade_no: trade.tradeNo,
  };
  const found = {
    response_code: 'SUCCESS',
    refund_result_code: 'SUCCESS',
    out_return_no: refund.partnerRefundId,
  };

  test.each<[Name, string, Fields]>([
    ['spotRefund', 'another refund', { ...refundAnswer, partner_refund_id: 'R2' }],
    ['spotRefund', 'another trade', { ...refundAnswer, partner_trans_id: 'T2' }],
    ['spotRefund', "another of Alipay's numbers", { ...refundAnswer, alipay_trans_id: 'A2' }],
    ['spotRefund', 'another amount', { ...refundAnswer, refund_amount: '12.51' }],
    ['spotRefund', 'another currency', { ...refundAnswer, currency: 'CNY' }],
    ['spotRefund', 'no id at all', { result_code: 'SUCCESS' }],
    [
      'spotRefund',
      'another refund, refused',
      { result_code: 'FAIL', error: 'TRADE_HAS_CLOSE', partner_refund_id: 'R2' },
    ],
    ['overseasQuery', 'another trade', { ...queryAnswer, partner_trans_id: 'T2' }],
    ['overseasQuery', 'another trade under its other name', { ...queryAnswer, out_trade_no: 'T2' }],
    ['overseasQuery', "another of Alipay's numbers", { ...queryAnswer, alipay_trans_id: 'A2' }],
    [
      'overseasQuery',
      'no id at all',
      { result_code: 'SUCCESS', alipay_trans_status: 'TRADE_SUCCESS' },
    ],
    ['spotRefund', 'the state of the same trade', queryAnswer],
    ['acquireCancel', 'the state of the same trade', queryAnswer],
    ['acquireCancel', 'another trade', { ...cancelled, out_trade_no: 'T2' }],
    ['acquireCancel', 'no id at all', { result_code: 'SUCCESS' }],
    [
      'acquireCancel',
      'another trade, refused',
      { result_code: 'FAIL', detail_error_code: 'TRADE_STATUS_ERROR', trade_no: 'A2' },
    ],
    ['refundQuery', 'another refund', { ...found, out_return_no: 'R2' }],
    ['refundQuery', 'another trade', { ...found, out_trade_no: 'T2' }],
    [
      'refundQuery',
      'the state of a refund without an id',
      { response_code: 'SUCCESS', refund_result_code: 'SUCCESS' },
    ],
    [
      'refundQuery',
      'another refund that is not there',
      { response_code: 'NOT_FOUND', out_return_no: 'R2' },
    ],
    ['qrcodeModify', 'another code', { qrcode: `${qrcode}2` }],
    ['qrcodeModifyStatus', 'another code', { qrcode: `${qrcode}2` }],
    ['secmerchantOfflineMaintain', 'another store', { result_code: 'SUCCESS', store_id: 'S-2' }],
    [
      'secmerchantOfflineMaintain',
      'another merchant, refused',
      { result_code: 'FAIL', error: 'PARAM_ILLEGAL', secondary_merchant_id: 'M_2' },
    ],
  ])('%s: %s', async (name, _what, fields) => {
    const outcome = await outcomeOf(name, signed(fields));

    expect(outcome).toMatchObject({ kind: 'UNKNOWN', cause: { code: 'ALIPAY_ANSWER_NOT_BOUND' } });
  });
});

describe('an answer that repeats another question, beside what it says', () => {
  const refusal = { result_code: 'FAIL', error: 'TRADE_HAS_CLOSE' };
  const repeating = (fields: Fields, request: Fields): Answering =>
    xml(encodeAnswer(fields, signer, { request }));

  test.each<[Name, string, Fields, Fields]>([
    ['spotRefund', 'a no', refusal, { partner_refund_id: 'R2' }],
    ['spotRefund', 'a yes', refundAnswer, { partner_refund_id: 'R2' }],
    ['spotRefund', 'a no about another trade', refusal, { partner_trans_id: 'T2' }],
    [
      'acquireCancel',
      'a no',
      { ...refusal, detail_error_code: 'TRADE_HAS_CLOSE' },
      { trade_no: 'A2' },
    ],
    ['refundQuery', 'that there is none', { response_code: 'NOT_FOUND' }, { out_return_no: 'R2' }],
  ])('%s: %s', async (name, _what, fields, request) => {
    const outcome = await outcomeOf(name, repeating(fields, request));

    expect(outcome).toMatchObject({ kind: 'UNKNOWN', cause: { code: 'ALIPAY_ANSWER_NOT_BOUND' } });
  });

  test('what it leaves out, or says of what was not asked with, is no other question', async () => {
    const request = { partner_refund_id: refund.partnerRefundId, trade_no: 'A2', sign: 'x' };

    expect(await outcomeOf('spotRefund', repeating(refusal, request))).toMatchObject({
      kind: 'REJECTED',
      alipayCode: 'TRADE_HAS_CLOSE',
      signed: true,
    });
  });

  test('the address of a code in another spelling is no other question', async () => {
    const request = { qrcode: 'https%3A%2F%2Fqr.alipay.com%2Fabc' };

    expect(await outcomeOf('qrcodeModifyStatus', repeating(refusal, request))).toMatchObject({
      kind: 'REJECTED',
    });
  });

  test.each<[string, Fields, string]>([
    ['a no', refusal, 'REJECTED'],
    ['a yes', refundAnswer, 'SUCCEEDED'],
  ])(
    'in an answer with blanks around its values, %s to ours is none',
    async (_what, fields, kind) => {
      const { partnerTransId, partnerRefundId } = refund;
      const request = { partner_trans_id: partnerTransId, partner_refund_id: partnerRefundId };
      const text = encodeAnswer(fields, signer, { request }).toString();
      const spaced = Buffer.from(text.replace(/>([^<\s][^<]*)</g, '>\n  $1\n<'));

      expect(await outcomeOf('spotRefund', xml(spaced))).toMatchObject({ kind });
    },
  );
});

describe('a success', () => {
  test('of a refund', async () => {
    const outcome = await outcomeOf('spotRefund', signed(refundAnswer));

    expect(outcome).toEqual({
      kind: 'SUCCEEDED',
      answer: {
        partnerTransId: refund.partnerTransId,
        partnerRefundId: refund.partnerRefundId,
        alipayTransId: refund.alipayTransId,
        amount: refund.amount,
      },
    });
  });

  test('of a refund whose amount is written with fewer decimals, and which names itself once', async () => {
    const outcome = await outcomeOf(
      'spotRefund',
      signed({
        result_code: 'SUCCESS',
        partner_refund_id: refund.partnerRefundId,
        refund_amount: '12.5',
      }),
    );

    expect(outcome.kind).toBe('SUCCEEDED');
  });

  test('of a query, without the full id of the buyer', async () => {
    const outcome = await outcomeOf('overseasQuery', signed(queryAnswer));

    expect(outcome).toEqual({
      kind: 'SUCCEEDED',
      answer: {
        alipayTransId: refund.alipayTransId,
        namesAlipayTransId: true,
        partnerTransId: refund.partnerTransId,
        tradeStatus: 'TRADE_SUCCESS',
        amount: refund.amount,
        payTime: new Date('2026-01-02T03:04:05Z'),
        paymentInst: 'ALIPAYHK',
        buyerLoginId: '852-****0000',
      },
    });
  });

  test("of a query, which says whether Alipay's number is its own or that of the question", async () => {
    const { alipay_trans_id: _number, ...rest } = queryAnswer;

    const outcome = await outcomeOf('overseasQuery', signed(rest));

    expect(outcome).toMatchObject({
      answer: { alipayTransId: refund.alipayTransId, namesAlipayTransId: false },
    });
  });

  test('of a query for an unpaid trade in a state and a wallet that nobody knows', async () => {
    const { alipay_pay_time: _time, trans_amount: _amount, ...rest } = queryAnswer;

    const outcome = await outcomeOf(
      'overseasQuery',
      signed({ ...rest, alipay_trans_status: 'TRADE_DREAMT_OF', payment_inst: 'MOONPAY' }),
    );

    expect(outcome).toMatchObject({
      kind: 'SUCCEEDED',
      answer: { tradeStatus: 'TRADE_DREAMT_OF', paymentInst: 'MOONPAY', amount: undefined },
    });
  });

  test("of a query by Alipay's number alone, which brings the other", async () => {
    gateway.answer(signed(queryAnswer));

    const outcome = await alipay.overseasQuery({ alipayTransId: refund.alipayTransId });

    expect(outcome).toMatchObject({ answer: { partnerTransId: refund.partnerTransId } });
  });

  test.each([
    [{ action: 'refund', trade_no: trade.tradeNo }, { action: 'refund' }],
    [{ action: 'close' }, { action: 'close' }],
    [{ action: 'CLOSE' }, { action: 'close' }],
    [{ action: 'Refund' }, { action: 'refund' }],
    [{ action: 'reverse' }, {}],
    [{ action: '' }, {}],
    [{}, {}],
  ])('of a cancel: %j', async (fields, answer) => {
    const outcome = await outcomeOf(
      'acquireCancel',
      signed({
        result_code: 'SUCCESS',
        out_trade_no: trade.outTradeNo,
        retry_flag: 'N',
        ...fields,
      }),
    );

    expect(outcome).toEqual({ kind: 'SUCCEEDED', answer: { ...trade, ...answer } });
  });

  test.each(['SUCCESS', 'FAILED', 'CANCELED', 'PROCESSING'])(
    'of a refund query: %s',
    async (state) => {
      const outcome = await outcomeOf(
        'refundQuery',
        signed({
          response_code: 'SUCCESS',
          refund_result_code: state,
          refund_error_code: 'MERCHANT_BALANCE_NOT_ENOUGH',
          out_return_no: refund.partnerRefundId,
          out_trade_no: refund.partnerTransId,
          gmt_create: '2026-01-02 11:04:05',
        }),
      );

      expect(outcome).toEqual({
        kind: 'SUCCEEDED',
        answer: {
          refundStatus: state,
          refundErrorCode: 'MERCHANT_BALANCE_NOT_ENOUGH',
          createdAt: new Date('2026-01-02T03:04:05Z'),
        },
      });
    },
  );

  test('of a refund query that finds nothing: that is an answer too', async () => {
    const outcome = await outcomeOf('refundQuery', signed({ response_code: 'NOT_FOUND' }));

    expect(outcome).toEqual({ kind: 'SUCCEEDED', answer: { refundStatus: 'NOT_FOUND' } });
  });

  test.each([[{}], [{ result_code: 'SUCCESS' }]])(
    'of a create, with or without a result code: %j',
    async (more) => {
      const qrcode_img_url = 'https://mobilecodec.alipay.com/show.htm?code=ocx00000example';

      const outcome = await outcomeOf(
        'qrcodeCreate',
        signed({ qrcode, qrcode_img_url, ...more }, { element: 'qrcodeinfo' }),
      );

      expect(outcome).toEqual({
        kind: 'SUCCEEDED',
        answer: { qrcode, qrcodeImgUrl: qrcode_img_url },
      });
    },
  );

  test.each(['qrcodeModify', 'qrcodeModifyStatus'] as const)(
    'of a %s that repeats its code',
    async (name) => {
      const outcome = await outcomeOf(name, signed({ qrcode }, { element: 'qrcodeinfo' }));

      expect(outcome).toEqual({ kind: 'SUCCEEDED', answer: { qrcode } });
    },
  );

  test('of a registration: it was received', async () => {
    const outcome = await outcomeOf(
      'secmerchantOfflineMaintain',
      signed({ result_code: 'SUCCESS' }),
    );

    expect(outcome).toEqual({ kind: 'SUCCEEDED', answer: storeInQuestion });
  });

  test.each([
    ['by its HTTP header', 'text/xml;charset=GBK'],
    ['by its prolog alone', 'text/xml'],
  ])('written in GBK, as said %s, with Chinese in it', async (_how, contentType) => {
    const bytes = encodeAnswer({ ...queryAnswer, memo: '謝謝光臨' }, signer, { charset: 'GBK' });

    const outcome = await outcomeOf('overseasQuery', xml(bytes, contentType));

    expect(outcome.kind).toBe('SUCCEEDED');
  });
});
