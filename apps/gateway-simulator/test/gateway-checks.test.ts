import { createHash } from 'node:crypto';
import { formatGatewayTime, signFields } from '@countersign/alipay-protocol';
import {
  call,
  createFields,
  merchantSigner,
  PARTNER,
  post,
  startSimulator,
  stopAll,
  type SignType,
} from './support';

afterEach(stopAll);

const minutes = (count: number): string => formatGatewayTime(new Date(Date.now() + count * 60_000));
const withoutNotifyUrl = (changed = {}): Record<string, string> => {
  const { notify_url: _dropped, ...rest } = createFields(changed);
  return rest;
};

test.each([
  ['another partner', { partner: '2088999999999999' }, 'ILLEGAL_PARTNER'],
  ['a service nobody knows', { service: 'alipay.commerce.qrcode.created' }, 'ILLEGAL_SERVICE'],
  [
    'a service in other letters',
    { service: 'alipay.commerce.qrcode.modifystatus' },
    'ILLEGAL_SERVICE',
  ],
  ['a parameter that the service does not define', { sendFormat: 'normal' }, 'ILLEGAL_SIGN'],
  ['is_sync on a service without it', { is_sync: 'Y' }, 'ILLEGAL_SIGN'],
  ['a missing timestamp', { timestamp: '' }, 'ILLEGAL_ARGUMENT'],
  ['a timestamp of milliseconds', { timestamp: String(Date.now()) }, 'ILLEGAL_ARGUMENT'],
  ['a timestamp 31 minutes old', { timestamp: minutes(-31) }, 'ILLEGAL_ARGUMENT'],
  ['a timestamp 31 minutes ahead', { timestamp: minutes(31) }, 'ILLEGAL_ARGUMENT'],
  ['a timestamp of UTC', { timestamp: minutes(-8 * 60) }, 'ILLEGAL_ARGUMENT'],
  ['a missing biz_type', { biz_type: '' }, 'ILLEGAL_ARGUMENT'],
  ['another biz_type', { biz_type: 'SHOPQRCODE' }, 'ILLEGAL_ARGUMENT'],
  [
    'a notify_url of 201 characters',
    { notify_url: `http://x/${'a'.repeat(192)}` },
    'ILLEGAL_ARGUMENT',
  ],
  ['a notify_url that is none', { notify_url: 'shop.example/notify' }, 'ILLEGAL_ARGUMENT'],
  ['a quotation mark in a value', { notify_url: 'http://x/"a"' }, 'ILLEGAL_ARGUMENT'],
  ['a charset that is not spoken', { _input_charset: 'Big5' }, 'ILLEGAL_ARGUMENT'],
])('refuses %s', async (_what, changed, code) => {
  const simulator = await startSimulator();

  const answer = await call(simulator, createFields(changed)).catch((error: unknown) => ({
    error,
  }));

  // What cannot even be encoded for the wire never reaches the gateway.
  if ('error' in answer) expect(String(answer.error)).toMatch(/charset/i);
  else expect(answer).toMatchObject({ accepted: false, code });
});

test('refuses a signature made with another key', async () => {
  const simulator = await startSimulator({ md5Key: 'ffffffffffffffffffffffffffffffff' });

  const answer = await post(simulator, createFields());

  expect(await answer.text()).toMatch(/<is_success>F<\/is_success>.*<error>ILLEGAL_SIGN<\/error>/s);
});

test('refuses a sign_type that is none, and one it has no keys for', async () => {
  const simulator = await startSimulator();
  const fields = { ...createFields(), partner: PARTNER, _input_charset: 'UTF-8' };
  const signed = signFields(fields, merchantSigner('MD5'));
  const md5Only = await startSimulator();

  const dsa = await fetch(simulator.gatewayUrl, {
    method: 'POST',
    body: new URLSearchParams({ ...signed, sign_type: 'DSA' }),
  });

  expect(await dsa.text()).toContain('ILLEGAL_SIGN_TYPE');
  expect(md5Only.port).not.toBe(simulator.port);
});

test('carries nothing out when it refuses', async () => {
  const simulator = await startSimulator();

  await call(simulator, createFields({ sendFormat: 'normal' }));

  const codes = await fetch(`${simulator.controlUrl}/codes`);
  expect(await codes.json()).toEqual([]);
});

test.each<SignType>(['MD5', 'RSA', 'RSA2'])('answers %s in %s', async (signType) => {
  const simulator = await startSimulator();

  const answer = await call(simulator, createFields(), { signType });

  expect(answer.accepted).toBe(true);
  expect(answer.fields.qrcode).toMatch(new RegExp(`^${simulator.url}/pay/ocx[0-9a-f]{32}$`));
});

test('takes a request whose signature was computed from the documents alone', async () => {
  const documented = new Date('2024-01-02T03:04:05+08:00');
  const simulator = await startSimulator({
    md5Key: '10000000000000000000000000000000',
    now: () => documented,
  });
  const bizData =
    '{"secondary_merchant_industry":"5311","secondary_merchant_id":"M_1","secondary_merchant_name":"Shop HK","store_id":"S_1","store_name":"Shop HK Central","trans_currency":"HKD","currency":"HKD","country_code":"HK","address":"1 Queen Road"}';

  const response = await fetch(`${simulator.gatewayUrl}?_input_charset=UTF-8`, {
    method: 'POST',
    body: new URLSearchParams({
      service: 'alipay.commerce.qrcode.create',
      partner: '2088000000000001',
      timestamp: '2024-01-02 03:04:05',
      notify_url: 'https://shop.example/notify',
      biz_type: 'OVERSEASHOPQRCODE',
      biz_data: bizData,
      sign_type: 'MD5',
      sign: '1123caa3c1b814c9eaf57d67a21657b8',
    }),
  });
  const xml = await response.text();

  expect(response.headers.get('content-type')).toMatch(/^text\/xml; ?charset=UTF-8$/i);
  const qrcode = /<qrcode>(?<value>[^<]+)</.exec(xml)?.groups?.value ?? '';
  const image = /<qrcode_img_url>(?<value>[^<]+)</.exec(xml)?.groups?.value ?? '';
  const expected = createHash('md5')
    .update(`qrcode=${qrcode}&qrcode_img_url=${image}10000000000000000000000000000000`)
    .digest('hex');
  expect(xml).toContain(`<sign>${expected}</sign>`);
  expect(xml).toMatch(/<response><qrcodeinfo>|<response>\s*<qrcodeinfo>/);
});

test('repeats the request in the answer', async () => {
  const simulator = await startSimulator();

  const xml = await (await post(simulator, withoutNotifyUrl())).text();

  expect(xml).toContain('<param name="service">alipay.commerce.qrcode.create</param>');
  expect(xml).toContain('<param name="sign">');
});

test('answers in GBK when the URL names no charset, whatever the body says', async () => {
  const simulator = await startSimulator();
  const signed = signFields(
    { ...withoutNotifyUrl(), partner: PARTNER, _input_charset: 'UTF-8' },
    merchantSigner('MD5'),
  );

  const response = await fetch(simulator.gatewayUrl, {
    method: 'POST',
    body: new URLSearchParams(signed),
  });

  expect(response.headers.get('content-type')).toMatch(/charset=GBK/i);
  expect(await response.text()).toMatch(/encoding="GBK".*<is_success>T</s);
});

test('reads and answers GBK', async () => {
  const simulator = await startSimulator();

  const answer = await call(simulator, createFields({ _input_charset: 'GBK' }), { charset: 'GBK' });

  expect(answer.accepted).toBe(true);
  const codes = (await (await fetch(`${simulator.controlUrl}/codes`)).json()) as {
    store_name: string;
  }[];
  expect(codes[0]?.store_name).toBe('好味茶餐廳');
});

test('takes GET as well', async () => {
  const simulator = await startSimulator();

  const answer = await call(simulator, createFields(), { method: 'GET' });

  expect(answer.accepted).toBe(true);
});

test('takes a timestamp near the real clock as well as one near the moved one', async () => {
  const simulator = await startSimulator();
  const twoDaysMs = 2 * 24 * 3600 * 1000;
  await fetch(`${simulator.controlUrl}/clock`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ offsetMs: twoDaysMs }),
  });

  const real = await call(simulator, createFields());
  const moved = await call(
    simulator,
    createFields({ timestamp: formatGatewayTime(new Date(Date.now() + twoDaysMs)) }),
  );
  const neither = await call(simulator, createFields({ timestamp: minutes(24 * 60) }));

  expect([real.accepted, moved.accepted, neither.accepted]).toEqual([true, true, false]);
});

test.each([
  ['a key that no page names', { store_names: 'x' }],
  ['a missing store name', { store_name: undefined }],
  ['a merchant id of 33 characters', { secondary_merchant_id: 'a'.repeat(33) }],
  ['a hyphen in the merchant id', { secondary_merchant_id: 'a-b' }],
  ['a merchant name of 33 characters', { secondary_merchant_name: '店'.repeat(33) }],
  ['a store id with a blank', { store_id: 'a b' }],
  ['a quotation mark in a name', { store_name: 'Joe "the" shop' }],
  ['an industry of three digits', { secondary_merchant_industry: '531' }],
  ['a settlement currency that is neither', { currency: 'USD' }],
  ['a fee of six per cent', { channel_fee: { type: 'RATE', value: '0.06' } }],
  ['a fee of another type', { channel_fee: { type: 'PART', value: '0.01' } }],
  ['a fee that is a number', { channel_fee: { type: 'RATE', value: 0.01 } }],
  ['more than 2000 bytes', { address: '街'.repeat(600) }],
])('refuses biz_data with %s', async (_what, bizData) => {
  const simulator = await startSimulator();

  const answer = await call(simulator, createFields({}, bizData));

  expect(answer).toMatchObject({ accepted: false, code: 'ILLEGAL_ARGUMENT' });
});
