import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { GatewaySimulator } from '../src/index';
import { control, createCode, pay, startSimulator, stopAll } from './support';

afterEach(stopAll);

/** fetch lets nobody choose Host or Origin, so this speaks HTTP by hand. */
function raw(
  simulator: GatewaySimulator,
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${simulator.url}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end(body);
  });
}

describe('who may give orders', () => {
  test.each([
    ['a web page of another origin', { Origin: 'https://evil.example' }, 403],
    ['a page without an origin', { Origin: 'null' }, 403],
    ['a cross-site request', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a name that was made to point here', { Host: 'evil.example' }, 403],
    ['somebody behind a proxy', { 'X-Forwarded-For': '203.0.113.7' }, 403],
    [
      'a wrong token behind a proxy',
      { 'X-Forwarded-For': '203.0.113.7', Authorization: 'Bearer wrong' },
      403,
    ],
    [
      'the token behind a proxy',
      { 'X-Forwarded-For': '203.0.113.7', Authorization: 'Bearer let-me-in' },
      200,
    ],
    ['this machine', {}, 200],
    ['this machine by name', { Host: 'localhost:4010' }, 200],
  ])('%s', async (_who, headers, status) => {
    const simulator = await startSimulator({ controlToken: 'let-me-in' });

    expect(await raw(simulator, 'POST', '/control/reset', headers)).toBe(status);
  });

  test('nobody shows an empty token', async () => {
    const simulator = await startSimulator({ controlToken: '' });

    expect(
      await raw(simulator, 'GET', '/control/trades', {
        'X-Forwarded-For': '203.0.113.7',
        Authorization: 'Bearer ',
      }),
    ).toBe(403);
  });

  test('another machine only with the token', async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
    if (address === undefined) return; // a machine without a network has no other machines
    const simulator = await startSimulator({ host: address, controlToken: 'let-me-in' });

    expect(await raw(simulator, 'GET', '/control/trades', {})).toBe(403);
    expect(
      await raw(simulator, 'GET', '/control/trades', { Authorization: 'Bearer let-me-in' }),
    ).toBe(200);
  });

  test('a body must call itself JSON, which no foreign form can', async () => {
    const simulator = await startSimulator();
    const body = JSON.stringify({ offsetMs: 1 });

    expect(
      await raw(simulator, 'POST', '/control/clock', { 'Content-Type': 'text/plain' }, body),
    ).toBe(415);
    expect(
      await raw(
        simulator,
        'POST',
        '/control/clock',
        { 'Content-Type': 'application/json; charset=utf-8' },
        body,
      ),
    ).toBe(200);
  });
});

test.each([
  ['GET', '/nothing', undefined, 404, 'no such call'],
  ['POST', '/trades', {}, 405, 'the method must be GET'],
  ['GET', '/trades/123', undefined, 404, 'there is no such trade'],
  ['POST', '/trades/123/pay', undefined, 404, 'there is no such trade'],
  ['POST', '/notifications/123/resend', undefined, 404, 'there is no such trade'],
  ['POST', '/refunds/123/settle', { status: 'SUCCESS' }, 404, 'there is no such refund'],
  ['POST', '/clock', { offsetMs: 'soon' }, 400, /^give offsetMs/],
  ['POST', '/clock', { now: 'yesterday' }, 400, /^give offsetMs/],
  ['POST', '/clock', { offsetMs: 1e15 }, 400, /^give offsetMs/],
  [
    'POST',
    '/variants',
    { unknownTrade: 'MAYBE' },
    400,
    'unknownTrade must be one of TRADE_NOT_EXIST, TRANS_NOT_FOUND',
  ],
  ['POST', '/variants', { moon: 'full' }, 400, /^moon is no variant; known are /],
  ['POST', '/payments', [], 400, 'the body must be a JSON object'],
  ['POST', '/payments', { amount: '1.00' }, 400, /^qrcode must be/],
  ['POST', '/payments', { qrcode: 'ocxnobody', amount: '1.00' }, 409, 'there is no such code'],
  ['POST', '/payments', { qrcode: '__proto__', amount: '1.00' }, 409, 'there is no such code'],
] as const)('%s %s %j is answered with %i', async (method, path, body, status, error) => {
  const simulator = await startSimulator();

  const reply = await control(simulator, method, path, body);

  expect(reply.status).toBe(status);
  expect(reply.json.error).toEqual(
    typeof error === 'string' ? error : expect.stringMatching(error),
  );
});

test.each([
  ['an amount that is a number', { amount: 12.5 }, /^amount must be/],
  ['no amount', {}, /^amount must be/],
  ['nothing', { amount: '0.00' }, /^amount must be/],
  ['a third decimal', { amount: '1.005' }, /^amount must be/],
  ['more than the wire can say', { amount: '10000000.00' }, /^amount must be/],
  ['a wallet nobody has', { amount: '1.00', wallet: 'PAYPAL' }, /^wallet must be one of ALIPAYHK/],
  ['a buyer that is no text', { amount: '1.00', buyer: 7 }, /^buyer must be/],
  ['a paid that is neither', { amount: '1.00', paid: 'yes' }, /^paid must be/],
])('refuses a payment with %s, naming the field', async (_what, payment, message) => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);

  const { status, json } = await control(simulator, 'POST', '/payments', { qrcode, ...payment });

  expect(status).toBe(400);
  expect(json.error).toMatch(message);
});

test('refuses a body that is no JSON, and one that is too long', async () => {
  const simulator = await startSimulator();
  const headers = { 'Content-Type': 'application/json' };

  expect(await raw(simulator, 'POST', '/control/clock', headers, '{offsetMs: 1}')).toBe(400);
  expect(
    await raw(simulator, 'POST', '/control/clock', headers, `{"a":"${'x'.repeat(70_000)}"}`),
  ).toBe(413);
});

test('a customer pays with the whole code or with its id', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);

  const byText = await control(simulator, 'POST', '/payments', { qrcode, amount: '12.5' });
  const byId = await control(simulator, 'POST', '/payments', {
    qrcode: qrcode.split('/').pop(),
    amount: '12',
  });

  expect(byText.status).toBe(201);
  expect(byText.json).toEqual({
    trade_no: expect.stringMatching(/^\d{28}$/) as string,
    out_trade_no: expect.stringMatching(/^\d{20,64}$/) as string,
    trade_status: 'TRADE_SUCCESS',
  });
  const { json } = await control<{ amount: string; qrcode: string }[]>(simulator, 'GET', '/trades');
  expect(json.map(({ amount }) => amount)).toEqual(['12.50', '12.00']);
  expect(json[1]?.qrcode).toBe(qrcode);
  expect(byId.json.trade_no).not.toBe(byText.json.trade_no);
});

test('shows a trade as the books have it', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator, { notify_url: '' });
  const paid = await pay(simulator, qrcode, '8.80', { wallet: 'ALIPAYPLUS' });

  const { json } = await control(simulator, 'GET', `/trades/${paid.trade_no}`);

  expect(json).toMatchObject({
    ...paid,
    qrcode,
    amount: '8.80',
    currency: 'HKD',
    wallet: 'ALIPAYPLUS',
    cancelled: false,
    refunded: '0.00',
    refunds: [],
    notify_url: null,
    notifications: [],
  });
});

test('an unpaid trade is paid or times out, once', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);
  const unpaid = await pay(simulator, qrcode, '1.00', { paid: false });
  const late = await pay(simulator, qrcode, '1.00', { paid: false });

  const paid = await control(simulator, 'POST', `/trades/${unpaid.trade_no}/pay`);
  const again = await control(simulator, 'POST', `/trades/${unpaid.trade_no}/pay`);
  const closed = await control(simulator, 'POST', `/trades/${late.trade_no}/close`);
  const tooLate = await control(simulator, 'POST', `/trades/${late.trade_no}/pay`);

  expect([paid.json.trade_status, closed.json.trade_status]).toEqual([
    'TRADE_SUCCESS',
    'TRADE_CLOSED',
  ]);
  expect([again.status, tooLate.status]).toEqual([409, 409]);
  expect(tooLate.json.error).toBe('the trade is TRADE_CLOSED, not WAIT_BUYER_PAY');
});

test('the clock is moved by an offset or to a moment, and reset', async () => {
  const simulator = await startSimulator({ now: () => new Date('2026-01-02T03:04:05Z') });

  const byOffset = await control(simulator, 'POST', '/clock', { offsetMs: 60_000 });
  const toMoment = await control(simulator, 'POST', '/clock', { now: '2026-02-01T00:00:00+08:00' });
  await control(simulator, 'POST', '/reset');
  const back = await control(simulator, 'GET', '/clock');

  expect(byOffset.json).toEqual({ now: '2026-01-02T03:05:05.000Z', offsetMs: 60_000 });
  expect(toMoment.json.now).toBe('2026-01-31T16:00:00.000Z');
  expect(back.json).toEqual({ now: '2026-01-02T03:04:05.000Z', offsetMs: 0 });
});

test('GET / says what this is, to programs and to people', async () => {
  const simulator = await startSimulator();

  const json = (await (await fetch(simulator.url)).json()) as Record<string, unknown>;
  const page = await fetch(simulator.url, { headers: { Accept: 'text/html' } });
  const nowhere = await fetch(`${simulator.url}/favicon.ico`);

  expect(json.gateway).toBe(`${simulator.url}/gateway.do`);
  expect(json.control).toContain('POST /control/payments');
  expect(await page.text()).toContain('<h1>Gateway simulator</h1>');
  expect([nowhere.status, nowhere.headers.get('content-type')]).toEqual([
    404,
    'application/json;charset=UTF-8',
  ]);
});
