import { formatGatewayTime, type Fields } from '@countersign/alipay-protocol';
import type { GatewaySimulator } from '../src/index';
import {
  call,
  control,
  createCode,
  pay,
  PARTNER,
  startReceiver,
  startSimulator,
  stopAll,
  until,
  type Said,
} from './support';

afterEach(stopAll);

const PLACE = { secondary_merchant_id: 'M_1', store_id: 'S-1' };

function maintain(simulator: GatewaySimulator, changed: Fields = {}): Promise<Said> {
  return call(simulator, {
    service: 'alipay.overseas.secmerchant.offline.maintain',
    timestamp: formatGatewayTime(new Date()),
    ...PLACE,
    secondary_merchant_name: '好味茶餐廳有限公司',
    secondary_merchant_type: 'ENTERPRISE',
    store_name: '好味茶餐廳',
    store_country: 'HK',
    store_address: '1 Queen Road',
    store_industry: '5812',
    ...changed,
  });
}

function queryStatus(simulator: GatewaySimulator, changed: Fields = {}): Promise<Said> {
  return call(simulator, {
    service: 'alipay.overseas.secmerchant.maintain.queryStatus',
    timestamp: formatGatewayTime(new Date()),
    ...PLACE,
    payment_method: 'INSTORE_PAYMENT',
    ...changed,
  });
}

test.each([
  ['a missing address', { store_address: '' }],
  ['a country of three letters', { store_country: 'HKG' }],
  ['a type that is none', { secondary_merchant_type: 'SHOP' }],
  ['a merchant id with a hyphen', { secondary_merchant_id: 'M-1' }],
  ['a settlement account with a blank', { settlement_no: '123 456' }],
])('refuses a registration with %s', async (_what, changed) => {
  const simulator = await startSimulator();

  expect(await maintain(simulator, changed)).toMatchObject({
    accepted: false,
    code: 'ILLEGAL_ARGUMENT',
  });
});

test('does not know a store that was never registered', async () => {
  const simulator = await startSimulator();

  expect((await queryStatus(simulator)).fields).toEqual({
    error: 'DATA_NOT_EXIST',
    result_code: 'FAIL',
  });
});

test('registers a store, and gives back what was registered last', async () => {
  const simulator = await startSimulator();

  const first = await maintain(simulator);
  await maintain(simulator, { store_name: '好味茶餐廳 中環店' });

  expect(first.fields).toEqual({ result_code: 'SUCCESS' });
  expect((await queryStatus(simulator)).fields).toMatchObject({
    ...PLACE,
    result_code: 'SUCCESS',
    status: 'SUCCESS',
    store_status: 'ACTIVATED',
    store_name: '好味茶餐廳 中環店',
    payment_method: 'INSTORE_PAYMENT',
    partner: PARTNER,
  });
});

test('can let a registration wait for a review, which may refuse it', async () => {
  const simulator = await startSimulator({ variants: { registrationReview: 'waits' } });
  const statuses: unknown[] = [];
  const note = async (): Promise<void> => {
    statuses.push((await queryStatus(simulator)).fields.status);
  };

  await maintain(simulator);
  await note();
  await control(simulator, 'POST', '/registrations', { ...PLACE, status: 'SUCCESS' });
  await note();
  await maintain(simulator);
  await note();
  await control(simulator, 'POST', '/registrations', {
    ...PLACE,
    status: 'FAILED',
    reject_reason: 'High risk merchant, registration reject.',
  });
  const failed = await queryStatus(simulator);

  expect(statuses).toEqual(['UNDER_REVIEW', 'SUCCESS', 'MODIFICATION_REVIEW']);
  expect(failed.fields).toMatchObject({
    status: 'FAILED',
    reject_reason: 'High risk merchant, registration reject.',
    store_status: 'INACTIVATE',
  });
});

test('can insist on RSA for registrations', async () => {
  const simulator = await startSimulator({ variants: { maintainSignType: 'RSA and RSA2' } });

  expect(await maintain(simulator)).toMatchObject({ accepted: false, code: 'ILLEGAL_SIGN_TYPE' });
});

test('notify_verify vouches for a notification until it is acknowledged', async () => {
  const simulator = await startSimulator({ timeScale: 1 });
  const receiver = await startReceiver();
  receiver.answer = { status: 500, text: '' };
  const verify = async (notifyId: string, partner = PARTNER): Promise<string> => {
    const query = new URLSearchParams({ service: 'notify_verify', partner, notify_id: notifyId });
    return (await fetch(`${simulator.gatewayUrl}?${query.toString()}`)).text();
  };
  const paid = await pay(simulator, await createCode(simulator, { notify_url: receiver.url }));
  await until(() => receiver.received.length === 1, 'it came');
  const notifyId = receiver.received[0]?.fields.notify_id ?? '';

  expect(await verify(notifyId)).toBe('true');
  expect(await verify('another')).toBe('false');
  expect(await verify('')).toBe('invalid');
  expect(await verify(notifyId, '2088999999999999')).toBe('invalid');
  receiver.answer = { status: 200, text: 'success' };
  await control(simulator, 'POST', `/notifications/${paid.trade_no}/resend`);
  expect(await verify(notifyId)).toBe('false');
});
