import { formatGatewayTime, type Fields } from '@countersign/alipay-protocol';
import { call, control, createCode, createFields, startSimulator, stopAll } from './support';

afterEach(stopAll);

const FEE = { channel_fee: { type: 'RATE', value: '0.01' } };

function modifyStatusFields(qrcode: string, status: string, more: Fields = {}): Fields {
  return {
    service: 'alipay.commerce.qrcode.modifyStatus',
    timestamp: formatGatewayTime(new Date()),
    biz_type: 'OVERSEASHOPQRCODE',
    qrcode,
    status,
    ...more,
  };
}

function modifyFields(
  qrcode: string,
  changed: Fields = {},
  bizData: Record<string, unknown> = {},
): Fields {
  return createFields({ service: 'alipay.commerce.qrcode.modify', qrcode, ...changed }, bizData);
}

test.each([
  ['of a code that does not exist', (qrcode: string) => `${qrcode}0`, {}],
  ['to another merchant', (qrcode: string) => qrcode, { secondary_merchant_id: 'M_2' }],
  ['to another store', (qrcode: string) => qrcode, { store_id: 'S-2' }],
  ['to another provider', (qrcode: string) => qrcode, { sys_service_provider_id: '7' }],
  ['that adds a fee', (qrcode: string) => qrcode, FEE],
])('refuses a modify %s, in a signed answer', async (_what, which, bizData) => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);

  const answer = await call(simulator, modifyFields(which(qrcode), {}, bizData));

  expect(answer).toMatchObject({
    accepted: true,
    fields: { result_code: 'FAIL', error: 'INVALID_PARAMETER' },
  });
});

test('refuses to drop a fee, and lets it change', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator, {}, FEE);

  const dropped = await call(simulator, modifyFields(qrcode));
  const changed = await call(
    simulator,
    modifyFields(qrcode, {}, { channel_fee: { type: 'FIXED', value: '1.50' } }),
  );

  expect(dropped.fields.error).toBe('INVALID_PARAMETER');
  expect(changed.fields).toEqual({ qrcode });
});

test('gives back the code that exists, whatever else the repeat says', async () => {
  const simulator = await startSimulator();

  const first = await createCode(simulator);
  const second = await createCode(simulator, {}, { store_name: 'Another name' });

  expect(second).toBe(first);
  const { json } = await control<{ store_name: string }[]>(simulator, 'GET', '/codes');
  expect(json).toMatchObject([{ store_name: '好味茶餐廳' }]);
});

test('keeps two codes for a store: one with a fee and one without', async () => {
  const simulator = await startSimulator();

  const plain = await createCode(simulator);
  const withFee = await createCode(simulator, {}, FEE);
  const otherStore = await createCode(simulator, {}, { store_id: 'S-2' });

  expect(new Set([plain, withFee, otherStore]).size).toBe(3);
  expect(await createCode(simulator, {}, FEE)).toBe(withFee);
});

test('stops, restarts and deletes a code; a deleted one stays deleted and frees its place', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);
  const change = (status: string) => call(simulator, modifyStatusFields(qrcode, status));
  const pay = async (): Promise<unknown> =>
    (await control(simulator, 'POST', '/payments', { qrcode, amount: '1.00' })).json.error;

  expect((await change('STOP')).fields).toEqual({ qrcode });
  expect(await pay()).toBe('the code is stopped');
  expect((await change('STOP')).fields).toEqual({ qrcode });
  expect((await change('RESTART')).fields).toEqual({ qrcode });
  expect(await pay()).toBeUndefined();
  expect((await change('DELETE')).fields).toEqual({ qrcode });
  expect(await pay()).toBe('the code was deleted');
  expect((await change('DELETE')).fields).toEqual({ qrcode });
  expect((await change('RESTART')).fields.error).toBe('INVALID_PARAMETER');
  expect(await createCode(simulator)).not.toBe(qrcode);
});

test('refuses a status that is none', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);

  const answer = await call(simulator, modifyStatusFields(qrcode, 'PAUSE'));

  expect(answer).toMatchObject({ accepted: false, code: 'ILLEGAL_ARGUMENT' });
});

test('takes the latest notify_url, from modify and from modifyStatus', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator, { notify_url: 'http://127.0.0.1:9/first' });
  const urls: unknown[] = [];
  const note = async (): Promise<void> => {
    urls.push(
      (await control<{ notify_url: string }[]>(simulator, 'GET', '/codes')).json[0]?.notify_url,
    );
  };

  await call(simulator, modifyFields(qrcode, { notify_url: 'http://127.0.0.1:9/second' }));
  await note();
  await call(simulator, modifyFields(qrcode, { notify_url: '' }));
  await note();
  await call(
    simulator,
    modifyStatusFields(qrcode, 'STOP', { notify_url: 'http://127.0.0.1:9/third' }),
  );
  await note();

  expect(urls).toEqual([
    'http://127.0.0.1:9/second',
    'http://127.0.0.1:9/second',
    'http://127.0.0.1:9/third',
  ]);
});

test('begins a code with the public address it was given', async () => {
  const simulator = await startSimulator({ publicUrl: 'http://shop.test:4010/' });

  expect(await createCode(simulator)).toMatch(/^http:\/\/shop\.test:4010\/pay\/ocx/);
});

test.each([
  ['modifySignType', 'MD5', 'RSA2', { accepted: false, code: 'ILLEGAL_SIGN_TYPE' }],
  ['qrcodeRefusal', 'unsigned', 'MD5', { accepted: false, code: 'INVALID_PARAMETER' }],
  ['failureWord', 'FAILED', 'MD5', { accepted: true, fields: { result_code: 'FAILED' } }],
] as const)('reads %s as %s when told to', async (variant, value, signType, expected) => {
  const simulator = await startSimulator({ variants: { [variant]: value } });
  const qrcode = await createCode(simulator);

  const answer = await call(simulator, modifyFields(qrcode, {}, FEE), { signType });

  expect(answer).toMatchObject(expected);
});
