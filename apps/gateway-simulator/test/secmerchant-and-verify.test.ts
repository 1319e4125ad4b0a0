import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const MINUTE_MS = 60_000;
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

test('a registration passes after five of its own minutes, and gives back what was registered last', async () => {
  const simulator = await startSimulator({ timeScale: 1 });
  const submitted = await maintain(simulator);
  const later = (offsetMs: number): Promise<unknown> =>
    control(simulator, 'POST', '/clock', { offsetMs });

  expect(submitted.fields).toEqual({ result_code: 'SUCCESS' });
  await later(4 * MINUTE_MS);
  expect((await queryStatus(simulator)).fields).toMatchObject({
    status: 'UNDER_REVIEW',
    store_status: 'INACTIVATE',
  });
  await later(5 * MINUTE_MS);
  expect((await queryStatus(simulator)).fields).toMatchObject({
    status: 'SUCCESS',
    store_status: 'ACTIVATED',
  });
  await maintain(simulator, { store_name: '好味茶餐廳 中環店' });
  expect((await queryStatus(simulator)).fields).toMatchObject({
    status: 'MODIFICATION_REVIEW',
    store_status: 'ACTIVATED',
  });
  await later(10 * MINUTE_MS);
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

test('a registration may pass at once', async () => {
  const simulator = await startSimulator({ variants: { registrationReview: 'passes' } });

  await maintain(simulator);

  expect((await queryStatus(simulator)).fields).toMatchObject({ status: 'SUCCESS' });
});

test('the control API refuses a registration before its time, and what is submitted then is new', async () => {
  const simulator = await startSimulator();
  const reason = 'High risk merchant, registration reject.';
  await maintain(simulator);

  await control(simulator, 'POST', '/registrations', {
    ...{ ...PLACE, status: 'FAILED', reject_reason: reason },
  });

  expect((await queryStatus(simulator)).fields).toMatchObject({
    ...{ status: 'FAILED', reject_reason: reason, store_status: 'INACTIVATE' },
  });
  await maintain(simulator);
  const again = (await queryStatus(simulator)).fields;
  expect(again).toMatchObject({ status: 'UNDER_REVIEW' });
  expect(again).not.toHaveProperty('reject_reason');
});

test.each([
  ['stays-registered', 'ACTIVATED'],
  ['unregisters', 'INACTIVATE'],
] as const)('can wait for a review; a refused update %s', async (refusedUpdate, storeStatus) => {
  const simulator = await startSimulator({
    variants: { registrationReview: 'waits', refusedUpdate },
  });
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
  await control(simulator, 'POST', '/registrations', { ...PLACE, status: 'FAILED' });

  expect(statuses).toEqual(['UNDER_REVIEW', 'SUCCESS', 'MODIFICATION_REVIEW']);
  expect((await queryStatus(simulator)).fields).toMatchObject({
    status: 'FAILED',
    store_status: storeStatus,
  });
});

test('the books of registrations are there to see, and a store can be put away', async () => {
  const simulator = await startSimulator({ variants: { registrationReview: 'waits' } });
  await maintain(simulator);
  const seen = await control(simulator, 'GET', '/registrations');
  expect(seen.json).toMatchObject([
    {
      ...PLACE,
      status: 'UNDER_REVIEW',
      store_status: 'INACTIVATE',
      submitted_at: expect.stringMatching(/^2/) as string,
      decides_at: null,
      fields: { store_name: '好味茶餐廳' },
    },
  ]);

  await control(simulator, 'POST', '/registrations', { ...PLACE, status: 'SUCCESS' });
  await control(simulator, 'POST', '/registrations', { ...PLACE, status: 'ARCHIVED' });

  expect((await queryStatus(simulator)).fields).toMatchObject({
    ...{ status: 'SUCCESS', store_status: 'ARCHIVED' },
  });
  expect(await control(simulator, 'POST', '/registrations', PLACE)).toMatchObject({
    ...{ status: 400, json: { error: expect.stringContaining('ARCHIVED') as string } },
  });
});

test('a registration outlives a restart, with the time that its review still takes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-registrations-'));
  const booksFile = join(folder, 'books.jsonl');
  const first = await startSimulator({ booksFile, timeScale: 1 });
  await maintain(first);
  await first.close();

  const second = await startSimulator({ booksFile, timeScale: 1 });
  expect((await queryStatus(second)).fields).toMatchObject({ status: 'UNDER_REVIEW' });
  await control(second, 'POST', '/clock', { offsetMs: 5 * MINUTE_MS });
  expect((await queryStatus(second)).fields).toMatchObject({ status: 'SUCCESS' });
  await second.close();
  rmSync(folder, { recursive: true });
});

test('can say that it received a registration where nothing is signed', async () => {
  const simulator = await startSimulator({ variants: { registrationResult: 'root' } });

  const submitted = await maintain(simulator);

  expect(submitted.fields).toEqual(PLACE);
  expect((await queryStatus(simulator)).fields).toMatchObject({ status: 'UNDER_REVIEW' });
});

test('can withhold what is registered', async () => {
  const simulator = await startSimulator({ variants: { registrationContent: 'withheld' } });
  await maintain(simulator);

  expect((await queryStatus(simulator)).fields).toEqual({
    ...PLACE,
    partner: PARTNER,
    payment_method: 'INSTORE_PAYMENT',
    result_code: 'SUCCESS',
    status: 'UNDER_REVIEW',
    store_status: 'INACTIVATE',
  });
});

test('can speak of another store', async () => {
  const simulator = await startSimulator();
  await maintain(simulator);
  const service = 'alipay.overseas.secmerchant.maintain.queryStatus';

  await control(simulator, 'POST', '/faults', { service, kind: 'other-answer' });

  expect((await queryStatus(simulator)).fields).not.toMatchObject(PLACE);
});

test.each([
  ['other-answer', 'true'],
  ['refuse:NO', 'invalid'],
  ['unknown-result', 'unknown'],
])('notify_verify under %s says %s', async (kind, word) => {
  const simulator = await startSimulator();
  await control(simulator, 'POST', '/faults', { service: 'notify_verify', kind });
  const query = `service=notify_verify&partner=${PARTNER}&notify_id=nobody`;

  expect(await (await fetch(`${simulator.gatewayUrl}?${query}`)).text()).toBe(word);
  expect(await (await fetch(`${simulator.gatewayUrl}?${query}`)).text()).toBe('false');
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
