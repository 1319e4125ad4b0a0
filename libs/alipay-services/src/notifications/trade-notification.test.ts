import {
  createSigner,
  createVerifier,
  type Fields,
  signFields,
  type Verified,
  verifyFields,
} from '@countersign/alipay-protocol';

import { readTradeNotification } from './trade-notification';

const md5Key = '0123456789abcdef0123456789abcdef';

function verified(fields: Fields): Verified<Fields> {
  return verifyFields(
    signFields(fields, createSigner({ signType: 'MD5', md5Key })),
    createVerifier({ signType: 'MD5', md5Key }),
  );
}

const paid: Fields = {
  notify_id: 'n1',
  notify_type: 'trade_status_sync',
  notify_time: '2026-01-02 11:05:00',
  notify_action_type: 'payByAccountAction',
  trade_no: '2026010222001000000000000001',
  out_trade_no: 'T1',
  trade_status: 'TRADE_SUCCESS',
  total_fee: '12.50',
  gmt_create: '2026-01-02 11:04:00',
  gmt_payment: '2026-01-02 11:04:05',
  seller_id: '2088123456789012',
  buyer_id: '2088000000000001',
  buyer_email: '13800138000',
};

describe('a notification that cannot be applied is refused by name', () => {
  test.each<[string, Fields]>([
    ['trade_no', { trade_no: '' }],
    ['trade_status', { trade_status: '' }],
    ['total_fee', { total_fee: '12,50' }],
    ['total_fee', { total_fee: '1e3' }],
    ['refund_fee', { refund_fee: '-1.00' }],
  ])('%s: %j', (field, change) => {
    expect(() => readTradeNotification(verified({ ...paid, ...change }))).toThrow(
      expect.objectContaining({ code: 'ALIPAY_NOTIFICATION_UNREADABLE', field }) as Error,
    );
  });
});

test('a payment is read, with times from Beijing and the login of the buyer half hidden', () => {
  const notification = readTradeNotification(verified(paid));

  expect(notification).toMatchObject({
    notifyId: 'n1',
    notifyTime: new Date('2026-01-02T03:05:00Z'),
    actionType: 'payByAccountAction',
    tradeNo: '2026010222001000000000000001',
    outTradeNo: 'T1',
    tradeStatus: 'TRADE_SUCCESS',
    totalFee: '12.50',
    currency: undefined,
    amount: undefined,
    gmtCreate: new Date('2026-01-02T03:04:00Z'),
    gmtPayment: new Date('2026-01-02T03:04:05Z'),
    sellerId: '2088123456789012',
    buyerLogin: '138****00',
  });
});

test('with a currency the amount is money', () => {
  const notification = readTradeNotification(
    verified({ ...paid, total_fee: '12.5', currency: 'HKD' }),
  );

  expect(notification).toMatchObject({
    currency: 'HKD',
    amount: { minor: 1250n, currency: 'HKD' },
  });
});

test('a refund notice brings the amount and the id of the refund', () => {
  const notification = readTradeNotification(
    verified({
      ...paid,
      refund_fee: '2.00',
      out_biz_no: 'R1',
      notify_action_type: 'refundFPAction',
    }),
  );

  expect(notification).toMatchObject({ refundFee: '2.00', outBizNo: 'R1' });
});

test.each(['extra_common_param', 'passback_parameters'])(
  'what was passed comes back as %s',
  (name) => {
    expect(readTradeNotification(verified({ ...paid, [name]: '{"till":"3"}' })).passback).toBe(
      '{"till":"3"}',
    );
  },
);

test.each(['TRADE_DREAMT_OF', 'TRADE_PENDING'])('the state %s is passed on as it is', (state) => {
  expect(readTradeNotification(verified({ ...paid, trade_status: state })).tradeStatus).toBe(state);
});

test.each(['yesterday', '2026-02-31 10:00:00'])('the time %s stops nothing', (time) => {
  const notification = readTradeNotification(
    verified({ ...paid, gmt_payment: time, notify_id: '' }),
  );

  expect(notification).toMatchObject({
    gmtPayment: undefined,
    notifyId: undefined,
    tradeNo: paid['trade_no'],
  });
});

test('fields we do not know are kept', () => {
  expect(readTradeNotification(verified({ ...paid, brand_new: '1' })).fields['brand_new']).toBe(
    '1',
  );
});
