import { formatGatewayTime, type Fields } from '@countersign/alipay-protocol';
import type { GatewaySimulator } from '../src/index';
import {
  booked,
  call,
  control,
  createCode,
  pay,
  startSimulator,
  stopAll,
  type Paid,
  type Said,
} from './support';

afterEach(stopAll);

const DAY_MS = 24 * 3600 * 1000;

function refund(simulator: GatewaySimulator, paid: Paid, changed: Fields = {}): Promise<Said> {
  return call(simulator, {
    service: 'alipay.acquire.overseas.spot.refund',
    partner_trans_id: paid.out_trade_no,
    partner_refund_id: 'R1',
    refund_amount: '2.50',
    currency: 'HKD',
    refund_reson: 'cold soup',
    is_sync: 'Y',
    ...changed,
  });
}

function query(simulator: GatewaySimulator, fields: Fields): Promise<Said> {
  return call(simulator, { service: 'alipay.acquire.overseas.query', ...fields });
}

function cancel(
  simulator: GatewaySimulator,
  outTradeNo: string,
  changed: Fields = {},
): Promise<Said> {
  return call(simulator, {
    service: 'alipay.acquire.cancel',
    timestamp: String(Date.now()),
    out_trade_no: outTradeNo,
    ...changed,
  });
}

function refundQuery(
  simulator: GatewaySimulator,
  outTradeNo: string,
  refundId = 'R1',
): Promise<Said> {
  return call(simulator, {
    service: 'alipay.acquire.refund.query',
    out_trade_no: outTradeNo,
    out_return_no: refundId,
  });
}

async function paidTrade(
  more: Record<string, unknown> = {},
): Promise<{ simulator: GatewaySimulator; paid: Paid }> {
  const simulator = await startSimulator();
  const paid = await pay(simulator, await createCode(simulator), '12.50', more);
  return { simulator, paid };
}

function moveClock(simulator: GatewaySimulator, offsetMs: number): Promise<unknown> {
  return control(simulator, 'POST', '/clock', { offsetMs });
}

describe('refund', () => {
  test.each([
    ['more than was paid', { refund_amount: '12.51' }, 'RETURN_AMOUNT_EXCEED'],
    ['nothing', { refund_amount: '0.00' }, 'INVALID_PARAMETER'],
    ['in another currency', { currency: 'USD' }, 'INVALID_PARAMETER'],
    ['of an unknown trade', { partner_trans_id: 'T-unknown' }, 'TRADE_NOT_EXIST'],
    [
      'whose two numbers disagree',
      { alipay_trans_id: '2024010222001000000000000001' },
      'TRADE_NOT_EXIST',
    ],
  ])('refuses one %s, in a signed answer', async (_what, changed, error) => {
    const { simulator, paid } = await paidTrade();

    const answer = await refund(simulator, paid, changed);

    expect(answer).toMatchObject({ accepted: true, fields: { result_code: 'FAIL', error } });
    expect(await booked(simulator, paid)).toMatchObject({
      refunds: [],
      trade_status: 'TRADE_SUCCESS',
    });
  });

  test.each([
    ['three decimals', { refund_amount: '1.005' }],
    ['a sign', { refund_amount: '-1.00' }],
    ['a currency in small letters', { currency: 'hkd' }],
    ['the id of the trade itself', { partner_refund_id: 'the trade' }],
    ['an is_sync that is neither', { is_sync: 'T' }],
    ['a missing refund id', { partner_refund_id: '' }],
    ['a refund id of 65 characters', { partner_refund_id: 'r'.repeat(65) }],
    ['a reason of 129 characters', { refund_reson: '因'.repeat(129) }],
    ['a quotation mark in the reason', { refund_reson: '"cold"' }],
  ])('refuses %s at the gateway', async (_what, changed: Fields) => {
    const { simulator, paid } = await paidTrade();
    const itself =
      changed.partner_refund_id === 'the trade' ? { partner_refund_id: paid.out_trade_no } : {};

    const answer = await refund(simulator, paid, { ...changed, ...itself });

    expect(answer).toMatchObject({ accepted: false, code: 'ILLEGAL_ARGUMENT' });
  });

  test('refuses what is unpaid, closed or finished, each with its own code', async () => {
    const { simulator, paid } = await paidTrade();
    const { qrcode } = (
      await control<{ qrcode: string }>(simulator, 'GET', `/trades/${paid.trade_no}`)
    ).json;
    const unpaid = await pay(simulator, qrcode, '1.00', { paid: false });
    const closed = await pay(simulator, qrcode, '1.00', { paid: false });
    await control(simulator, 'POST', `/trades/${closed.trade_no}/close`);
    await control(simulator, 'POST', `/trades/${paid.trade_no}/finish`);

    const codes = [];
    for (const trade of [unpaid, closed, paid]) {
      codes.push((await refund(simulator, trade, { refund_amount: '0.10' })).fields.error);
    }

    expect(codes).toEqual(['TRADE_STATUS_ERROR', 'TRADE_HAS_CLOSE', 'TRADE_HAS_FINISHED']);
  });

  test('gives money back in parts until nothing is left, and then closes the trade', async () => {
    const { simulator, paid } = await paidTrade();

    const first = await refund(simulator, paid, { refund_amount: '2.5' });
    const tooMuch = await refund(simulator, paid, {
      partner_refund_id: 'R2',
      refund_amount: '10.01',
    });
    const afterOne = await booked(simulator, paid);
    const last = await refund(simulator, paid, { partner_refund_id: 'R3', refund_amount: '10.00' });

    expect(first.fields).toEqual({
      alipay_trans_id: paid.trade_no,
      currency: 'HKD',
      partner_refund_id: 'R1',
      partner_trans_id: paid.out_trade_no,
      refund_amount: '2.50',
      result_code: 'SUCCESS',
    });
    expect(tooMuch.fields.error).toBe('RETURN_AMOUNT_EXCEED');
    expect(afterOne).toMatchObject({ trade_status: 'TRADE_SUCCESS', refunded: '2.50' });
    expect(last.fields.result_code).toBe('SUCCESS');
    expect(await booked(simulator, paid)).toMatchObject({
      trade_status: 'TRADE_CLOSED',
      cancelled: false,
      refunded: '12.50',
      refunds: [
        { partner_refund_id: 'R1', amount: '2.50', status: 'SUCCESS' },
        { partner_refund_id: 'R3', amount: '10.00', status: 'SUCCESS' },
      ],
    });
  });

  test('makes the same refund once, however often it is asked for, also when the trade has closed', async () => {
    const { simulator, paid } = await paidTrade();
    const whole = { refund_amount: '12.50' };

    const answers = [await refund(simulator, paid, whole), await refund(simulator, paid, whole)];

    expect(answers[1]).toEqual(answers[0]);
    expect((await booked(simulator, paid)).refunds).toHaveLength(1);
  });

  test('refuses a known refund id with another amount or another trade', async () => {
    const { simulator, paid } = await paidTrade();
    const { qrcode } = (
      await control<{ qrcode: string }>(simulator, 'GET', `/trades/${paid.trade_no}`)
    ).json;
    const other = await pay(simulator, qrcode);
    await refund(simulator, paid);

    const otherAmount = await refund(simulator, paid, { refund_amount: '2.51' });
    const otherTrade = await refund(simulator, other);

    expect(otherAmount.fields.error).toBe('DISCORDANT_REPEAT_REQUEST');
    expect(otherTrade.fields.error).toBe('DISCORDANT_REPEAT_REQUEST');
  });

  test('makes one refund of two that race for the same money', async () => {
    const { simulator, paid } = await paidTrade();

    const answers = await Promise.all(
      ['A', 'B'].map((id) =>
        refund(simulator, paid, { partner_refund_id: id, refund_amount: '7.00' }),
      ),
    );

    expect(answers.map(({ fields }) => fields.result_code).sort()).toEqual(['FAIL', 'SUCCESS']);
    expect(await booked(simulator, paid)).toMatchObject({ refunded: '7.00' });
  });

  test('accepts an asynchronous refund, and can leave it waiting', async () => {
    const { simulator, paid } = await paidTrade();
    await control(simulator, 'POST', '/variants', { asyncRefund: 'held' });

    const accepted = await refund(simulator, paid, { is_sync: 'N' });
    const waiting = await refundQuery(simulator, paid.out_trade_no);
    const exceeding = await refund(simulator, paid, {
      partner_refund_id: 'R2',
      refund_amount: '10.01',
    });
    await control(simulator, 'POST', '/refunds/R1/settle', { status: 'FAILED' });
    const failed = await refundQuery(simulator, paid.out_trade_no);

    expect(accepted.fields.result_code).toBe('SUCCESS');
    expect(waiting.fields.refund_result_code).toBe('PROCESSING');
    expect(exceeding.fields.error).toBe('RETURN_AMOUNT_EXCEED');
    expect(failed.fields).toMatchObject({
      refund_result_code: 'FAILED',
      refund_error_code: 'MERCHANT_BALANCE_NOT_ENOUGH',
    });
    expect(await booked(simulator, paid)).toMatchObject({ refunded: '0.00' });
  });
});

describe('query', () => {
  test('tells of an unknown trade, and refuses to be asked about nothing', async () => {
    const { simulator } = await paidTrade();

    expect((await query(simulator, { partner_trans_id: 'T-unknown' })).fields).toEqual({
      error: 'TRADE_NOT_EXIST',
      partner_trans_id: 'T-unknown',
      result_code: 'FAIL',
    });
    expect(await query(simulator, {})).toMatchObject({ accepted: false, code: 'ILLEGAL_ARGUMENT' });
  });

  test('answers to either number, with the fields of the captured answers', async () => {
    const { simulator, paid } = await paidTrade({ wallet: 'ALIPAYCN', buyer: '13612345804' });

    const byOne = await query(simulator, { partner_trans_id: paid.out_trade_no });
    const byOther = await query(simulator, { alipay_trans_id: paid.trade_no });

    expect(byOther).toEqual(byOne);
    expect(byOne.fields).toEqual({
      alipay_buyer_login_id: '136****5804',
      alipay_buyer_user_id: expect.stringMatching(/^2088\d{12}$/) as string,
      alipay_pay_time: expect.stringMatching(/^\d{14}$/) as string,
      alipay_trans_id: paid.trade_no,
      alipay_trans_status: 'TRADE_SUCCESS',
      currency: 'HKD',
      out_trade_no: paid.out_trade_no,
      partner_trans_id: paid.out_trade_no,
      payment_inst: 'ALIPAYCN',
      result_code: 'SUCCESS',
      trans_amount: '12.50',
    });
    expect(paid.trade_no).toMatch(/^\d{8}22001\d{15}$/);
  });

  test('leaves the time of payment out while nobody has paid', async () => {
    const { simulator, paid } = await paidTrade({ paid: false });

    const answer = await query(simulator, { partner_trans_id: paid.out_trade_no });

    expect(answer.fields.alipay_trans_status).toBe('WAIT_BUYER_PAY');
    expect(answer.fields).not.toHaveProperty('alipay_pay_time');
  });

  test('can insist on partner_trans_id, as HK writes, and say TRANS_NOT_FOUND', async () => {
    const simulator = await startSimulator({
      variants: { queryByAlipayTransId: 'refuses', unknownTrade: 'TRANS_NOT_FOUND' },
    });

    expect((await query(simulator, { alipay_trans_id: '2024010222001000000000000001' })).code).toBe(
      'ILLEGAL_ARGUMENT',
    );
    expect((await query(simulator, { partner_trans_id: 'T' })).fields.error).toBe(
      'TRANS_NOT_FOUND',
    );
  });
});

describe('cancel', () => {
  test('refuses after a refund, and says so in detail_error_code', async () => {
    const { simulator, paid } = await paidTrade();
    await refund(simulator, paid);

    const answer = await cancel(simulator, paid.out_trade_no);

    expect(answer.fields).toMatchObject({
      result_code: 'FAIL',
      detail_error_code: 'REASON_TRADE_REFUND_FEE_ERR',
      retry_flag: 'N',
    });
    expect(answer.fields).not.toHaveProperty('error');
  });

  test.each([
    ['a paid trade, after Beijing midnight', { paid: true }, DAY_MS, 'TRADE_CANCEL_TIME_OUT'],
    [
      'an unpaid one, after midnight and a quarter of an hour',
      { paid: false },
      DAY_MS,
      'TRADE_CANCEL_TIME_OUT',
    ],
  ])('refuses %s', async (_what, more, offsetMs, code) => {
    const { simulator, paid } = await paidTrade(more);
    await moveClock(simulator, offsetMs);

    const answer = await cancel(simulator, paid.out_trade_no);

    expect(answer.fields.detail_error_code).toBe(code);
  });

  test('gives a paid trade back in full, and says the same when asked again, even a day later', async () => {
    const { simulator, paid } = await paidTrade();

    const first = await cancel(simulator, paid.out_trade_no);
    await moveClock(simulator, DAY_MS);
    const again = await cancel(simulator, paid.out_trade_no);

    expect(first.fields).toEqual({
      action: 'refund',
      out_trade_no: paid.out_trade_no,
      result_code: 'SUCCESS',
      retry_flag: 'N',
      trade_no: paid.trade_no,
    });
    expect(again).toEqual(first);
    expect(await booked(simulator, paid)).toMatchObject({
      cancelled: true,
      refunds: [],
      trade_status: 'TRADE_CLOSED',
    });
  });

  test('closes an unpaid trade, so that it can no longer be paid', async () => {
    const { simulator, paid } = await paidTrade({ paid: false });

    const answer = await cancel(simulator, paid.out_trade_no);

    expect(answer.fields.action).toBe('close');
    const { status } = await control(simulator, 'POST', `/trades/${paid.trade_no}/pay`);
    expect(status).toBe(409);
  });

  test('succeeds for a trade that was never created', async () => {
    const { simulator } = await paidTrade();

    const answer = await cancel(simulator, 'T-never');

    expect(answer.fields).toEqual({
      out_trade_no: 'T-never',
      result_code: 'SUCCESS',
      retry_flag: 'N',
    });
  });

  test('takes Beijing time as well, prefers trade_no, and refuses an old timestamp', async () => {
    const { simulator, paid } = await paidTrade();

    const old = await cancel(simulator, paid.out_trade_no, {
      timestamp: String(Date.now() - 31 * 60_000),
    });
    const byTradeNo = await cancel(simulator, 'T-other', {
      timestamp: formatGatewayTime(new Date()),
      trade_no: paid.trade_no,
    });

    expect(old).toMatchObject({ accepted: false, code: 'ILLEGAL_ARGUMENT' });
    expect(byTradeNo.fields.out_trade_no).toBe(paid.out_trade_no);
  });

  test('leaves nothing to refund', async () => {
    const { simulator, paid } = await paidTrade();
    await cancel(simulator, paid.out_trade_no);

    expect((await refund(simulator, paid)).fields.error).toBe('TRADE_HAS_CLOSE');
  });
});

describe('refund query', () => {
  test('tells what does not exist', async () => {
    const { simulator, paid } = await paidTrade();

    expect((await refundQuery(simulator, 'T-unknown')).fields).toEqual({
      out_return_no: 'R1',
      out_trade_no: 'T-unknown',
      response_code: 'TRADE_NOT_EXIST',
    });
    expect((await refundQuery(simulator, paid.out_trade_no)).fields.response_code).toBe(
      'NOT_FOUND',
    );
  });

  test('does not know a refund that was refused', async () => {
    const { simulator, paid } = await paidTrade();
    await refund(simulator, paid, { refund_amount: '99.00' });

    expect((await refundQuery(simulator, paid.out_trade_no)).fields.response_code).toBe(
      'NOT_FOUND',
    );
  });

  test('tells of a refund that was made', async () => {
    const { simulator, paid } = await paidTrade();
    await refund(simulator, paid);

    expect((await refundQuery(simulator, paid.out_trade_no)).fields).toEqual({
      gmt_create: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
      out_return_no: 'R1',
      out_trade_no: paid.out_trade_no,
      refund_result_code: 'SUCCESS',
      response_code: 'SUCCESS',
      trade_no: paid.trade_no,
    });
  });
});
