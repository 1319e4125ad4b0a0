import { formatGatewayTime, type Fields } from '@countersign/alipay-protocol';
import { RESEND_GAPS_MS, type GatewaySimulator, type SimulatorOptions } from '../src/index';
import {
  booked,
  call,
  control,
  createCode,
  createFields,
  gatewayVerifier,
  pay,
  PARTNER,
  startReceiver,
  startSimulator,
  stopAll,
  until,
  type Asked,
  type Receiver,
  type SignType,
} from './support';

afterEach(stopAll);

/** A documented minute lasts six hundredths of a millisecond here: all eight sends are over in a tenth of a second. */
const RUSHED = 1_000_000;

interface Shop {
  readonly simulator: GatewaySimulator;
  readonly receiver: Receiver;
  readonly qrcode: string;
}

async function openShop(
  options: Partial<SimulatorOptions> = {},
  {
    bizData = {},
    asked = {},
    verifiedAs = 'MD5',
  }: { bizData?: Record<string, unknown>; asked?: Asked; verifiedAs?: SignType } = {},
): Promise<Shop> {
  const simulator = await startSimulator(options);
  const receiver = await startReceiver(gatewayVerifier(verifiedAs));
  const qrcode = await createCode(simulator, { notify_url: receiver.url }, bizData, asked);
  return { simulator, receiver, qrcode };
}

const fault = (simulator: GatewaySimulator, kind: string, times = 1): Promise<unknown> =>
  control(simulator, 'POST', '/faults', { service: 'notification', kind, times });

test('tells of a payment, signed, with the documented fields', async () => {
  const { simulator, receiver, qrcode } = await openShop();

  const paid = await pay(simulator, qrcode, '12.50', { buyer: '852-51234588' });
  await until(() => receiver.received.length === 1, 'one notification came');

  const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string;
  expect(receiver.received[0]?.fields).toEqual({
    notify_time: time,
    notify_type: 'trade_status_sync',
    notify_id: expect.stringMatching(/^[0-9a-f]{34}$/) as string,
    notify_action_type: 'payByAccountAction',
    sign_type: 'MD5',
    sign: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    out_trade_no: paid.out_trade_no,
    trade_no: paid.trade_no,
    trade_status: 'TRADE_SUCCESS',
    subject: '好味茶餐廳',
    total_fee: '12.50',
    price: '12.50',
    quantity: '1',
    gmt_create: time,
    gmt_payment: time,
    seller_id: PARTNER,
    seller_email: 'mer***@example.hk',
    buyer_id: expect.stringMatching(/^2088\d{12}$/) as string,
    buyer_email: '852-51****88',
    currency: 'HKD',
    paytools_pay_amount: '[{"ALIPAYACCOUNT":"12.50"}]',
  });
  expect(receiver.received[0]?.path).toBe('/alipay/notifications/secret');
});

test('sends nothing while a trade is unpaid, or to a code without notify_url', async () => {
  const { simulator, receiver, qrcode } = await openShop();
  const silent = await createCode(simulator, { notify_url: '' }, { store_id: 'S-9' });

  const unpaid = await pay(simulator, qrcode, '1.00', { paid: false });
  const untold = await pay(simulator, silent, '1.00');

  expect((await booked(simulator, unpaid)).notifications).toEqual([]);
  expect((await booked(simulator, untold)).notifications).toEqual([]);
  await control(simulator, 'POST', `/trades/${unpaid.trade_no}/pay`);
  await until(() => receiver.received.length === 1, 'the payment was told');
});

test('tells of a trade that times out, and of a cancel', async () => {
  const { simulator, receiver, qrcode } = await openShop();
  const unpaid = await pay(simulator, qrcode, '1.00', { paid: false });
  await control(simulator, 'POST', `/trades/${unpaid.trade_no}/close`);
  await until(() => receiver.received.length === 1, 'the close was told');
  const paid = await pay(simulator, qrcode, '2.00');
  await until(() => receiver.received.length === 2, 'the payment was told');

  await call(simulator, {
    service: 'alipay.acquire.cancel',
    timestamp: String(Date.now()),
    out_trade_no: paid.out_trade_no,
  });
  await until(() => receiver.received.length === 3, 'the cancel was told');

  expect(
    receiver.received.map(({ fields }) => [fields.notify_action_type, fields.trade_status]),
  ).toEqual([
    ['closeTradeAction', 'TRADE_CLOSED'],
    ['payByAccountAction', 'TRADE_SUCCESS'],
    ['reverseAction', 'TRADE_CLOSED'],
  ]);
});

test('tells of a full refund, and of a partial one only where an asynchronous call asked for it', async () => {
  const { simulator, receiver, qrcode } = await openShop();
  const paid = await pay(simulator, qrcode, '3.00');
  await until(() => receiver.received.length === 1, 'the payment was told');
  const refund = (id: string, amount: string, more: Fields): Promise<unknown> =>
    call(simulator, {
      service: 'alipay.acquire.overseas.spot.refund',
      partner_trans_id: paid.out_trade_no,
      partner_refund_id: id,
      refund_amount: amount,
      currency: 'HKD',
      ...more,
    });

  await refund('R1', '1.00', { is_sync: 'Y' });
  await refund('R2', '1.00', {
    is_sync: 'N',
    notify_url: receiver.url.replace('secret', 'refunds'),
  });
  await until(() => receiver.received.length === 2, 'the asynchronous refund was told');
  await refund('R3', '1.00', { is_sync: 'Y' });
  await until(() => receiver.received.length === 3, 'the full refund was told');

  expect(
    receiver.received.map(({ fields, path }) => [
      path.split('/').pop(),
      fields.trade_status,
      fields.out_biz_no,
      fields.refund_fee,
    ]),
  ).toEqual([
    ['secret', 'TRADE_SUCCESS', undefined, undefined],
    ['refunds', 'TRADE_SUCCESS', 'R2', '1.00'],
    ['secret', 'TRADE_CLOSED', 'R3', '1.00'],
  ]);
});

test.each<[SignType, SignType | undefined, SignType]>([
  ['MD5', undefined, 'MD5'],
  ['RSA', undefined, 'RSA'],
  ['RSA2', undefined, 'RSA2'],
  ['MD5', 'RSA2', 'RSA2'],
  ['RSA2', 'MD5', 'MD5'],
])(
  'a code created with %s and notify_sign_type %s is told in %s',
  async (signType, notifySignType, verifiedAs) => {
    const bizData = notifySignType ? { notify_sign_type: notifySignType } : {};
    const { simulator, receiver, qrcode } = await openShop(
      {},
      { bizData, asked: { signType }, verifiedAs },
    );

    await pay(simulator, qrcode);
    await until(() => receiver.received.length === 1, 'one notification came');

    expect(receiver.received[0]?.fields).toMatchObject({
      sign_type: verifiedAs,
      subject: '好味茶餐廳',
    });
  },
);

test('follows a later modify to another notify_sign_type and another address', async () => {
  const { simulator, receiver, qrcode } = await openShop({}, { verifiedAs: 'RSA2' });
  const url = receiver.url.replace('secret', 'another');

  await call(
    simulator,
    createFields(
      { service: 'alipay.commerce.qrcode.modify', qrcode, notify_url: url },
      { notify_sign_type: 'RSA2' },
    ),
  );
  await pay(simulator, qrcode);
  await until(() => receiver.received.length === 1, 'one notification came');

  expect(receiver.received[0]).toMatchObject({
    path: '/alipay/notifications/another',
    fields: { sign_type: 'RSA2' },
  });
});

test('speaks GBK where notify_charset says so, and UTF-8 where GBK lacks a character', async () => {
  const { simulator, receiver, qrcode } = await openShop(
    {},
    { bizData: { notify_charset: 'GBK' } },
  );
  const lacking = await createCode(
    simulator,
    { notify_url: receiver.url },
    {
      store_id: 'S-2',
      store_name: '茶餐廳😀',
      notify_charset: 'GBK',
    },
  );

  await pay(simulator, qrcode);
  await until(() => receiver.received.length === 1, 'the first came');
  await pay(simulator, lacking);
  await until(() => receiver.received.length === 2, 'the second came');

  expect(receiver.received.map(({ fields }) => fields.subject)).toEqual(['好味茶餐廳', '茶餐廳😀']);
  expect(receiver.received[0]?.body).toContain('%BA%C3'); // 好 in GBK
});

test.each([
  ['success', 200, true],
  ['SUCCESS', 200, true],
  ['Success', 200, true],
  ['success\n', 200, false],
  ['fail', 200, false],
  ['<p>success</p>', 200, false],
  ['success', 500, false],
  ['success', 302, false],
])('%j with HTTP %i: acknowledged %s', async (text, status, acknowledged) => {
  const { simulator, receiver, qrcode } = await openShop();
  receiver.answer = { text, status };

  const paid = await pay(simulator, qrcode);
  await until(
    async () => (await booked(simulator, paid)).notifications[0]?.sends.length === 1,
    'it was sent',
  );

  const notification = (await booked(simulator, paid)).notifications[0];
  expect(notification).toMatchObject({
    acknowledged,
    sends: [{ httpStatus: status, answer: text }],
  });
  expect(notification?.next_send_at === null).toBe(acknowledged);
});

test('sends eight times, the same bytes under the same id, and then gives up', async () => {
  const { simulator, receiver, qrcode } = await openShop({ timeScale: RUSHED });
  receiver.answer = { status: 400, text: 'fail' };

  const paid = await pay(simulator, qrcode);
  await until(
    async () => (await booked(simulator, paid)).notifications[0]?.next_send_at === null,
    'it gave up',
  );

  expect(receiver.received).toHaveLength(8);
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
});

test('keeps to the documented gaps, and moving the clock makes what became due go out', async () => {
  const { simulator, receiver, qrcode } = await openShop({ timeScale: 1 });
  receiver.answer = { status: 200, text: 'fail' };
  const paid = await pay(simulator, qrcode);
  const next = async (): Promise<number> =>
    Date.parse((await booked(simulator, paid)).notifications[0]?.next_send_at ?? '');
  const now = async (): Promise<number> =>
    Date.parse((await control<{ now: string }>(simulator, 'GET', '/clock')).json.now);

  const gaps: number[] = [];
  let offsetMs = 0;
  for (const [index, gap] of RESEND_GAPS_MS.entries()) {
    const sends = async (): Promise<number | undefined> =>
      (await booked(simulator, paid)).notifications[0]?.sends.length;
    await until(async () => (await sends()) === index + 1, `send ${index + 1}`);
    gaps.push(Math.round(((await next()) - (await now())) / 60_000));
    offsetMs += gap;
    await control(simulator, 'POST', '/clock', { offsetMs });
  }
  await until(() => receiver.received.length === 8, 'the eighth send');

  expect(gaps).toEqual([2, 10, 10, 60, 120, 360, 900]);
});

test('does not wait longer because the clock was turned back', async () => {
  const { simulator, receiver, qrcode } = await openShop({ timeScale: 1 });
  receiver.answer = { status: 200, text: 'fail' };
  const paid = await pay(simulator, qrcode);
  await until(
    async () => (await booked(simulator, paid)).notifications[0]?.sends.length === 1,
    'the first send',
  );

  await control(simulator, 'POST', '/clock', { offsetMs: -86_400_000 });
  await control(simulator, 'POST', '/clock', { offsetMs: -86_400_000 + 121_000 });

  await until(() => receiver.received.length === 2, 'the second send');
});

test('stops as soon as it is acknowledged', async () => {
  const { simulator, receiver, qrcode } = await openShop({ timeScale: 20_000 });
  receiver.answer = { status: 500, text: '' };
  const paid = await pay(simulator, qrcode);
  await until(() => receiver.received.length === 2, 'a resend');

  receiver.answer = { status: 200, text: 'success' };
  await until(
    async () => (await booked(simulator, paid)).notifications[0]?.acknowledged === true,
    'it is acknowledged',
  );

  expect((await booked(simulator, paid)).notifications[0]?.next_send_at).toBeNull();
});

test('notes why nothing came back', async () => {
  const simulator = await startSimulator();
  const paid = await pay(
    simulator,
    await createCode(simulator, { notify_url: 'http://127.0.0.1:9/' }),
  );

  await until(
    async () => (await booked(simulator, paid)).notifications[0]?.sends.length === 1,
    'it was tried',
  );

  expect((await booked(simulator, paid)).notifications[0]?.sends[0]).toMatchObject({
    httpStatus: null,
    answer: null,
    trouble: 'ECONNREFUSED',
  });
});

test('resends the last notification when told to, acknowledged or not', async () => {
  const { simulator, receiver, qrcode } = await openShop();
  const paid = await pay(simulator, qrcode);
  await until(() => receiver.received.length === 1, 'it came');

  const { status, json } = await control(
    simulator,
    'POST',
    `/notifications/${paid.trade_no}/resend`,
  );

  expect(status).toBe(200);
  expect(json).toMatchObject({
    notify_id: receiver.received[0]?.fields.notify_id,
    httpStatus: 200,
    answer: 'success',
  });
  expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
});

describe('faults', () => {
  test('drop loses one send, and the schedule goes on', async () => {
    const { simulator, receiver, qrcode } = await openShop({ timeScale: RUSHED });
    await fault(simulator, 'drop', 2);

    const paid = await pay(simulator, qrcode);
    await until(() => receiver.received.length === 1, 'the third send came');

    await until(
      async () => (await booked(simulator, paid)).notifications[0]?.acknowledged === true,
      'acknowledged',
    );
    expect(
      (await booked(simulator, paid)).notifications[0]?.sends.map(({ trouble }) => trouble),
    ).toEqual(['dropped', 'dropped', null]);
  });

  test('duplicate sends the same bytes twice', async () => {
    const { simulator, receiver, qrcode } = await openShop();
    await fault(simulator, 'duplicate');

    await pay(simulator, qrcode);
    await until(() => receiver.received.length === 2, 'two came');

    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  });

  test('delay holds a send back', async () => {
    const { simulator, receiver, qrcode } = await openShop();
    await fault(simulator, 'delay:80');
    const start = performance.now();

    await pay(simulator, qrcode);
    await until(() => receiver.received.length === 1, 'it came');

    expect(performance.now() - start).toBeGreaterThanOrEqual(75);
  });

  test.each<SignType>(['MD5', 'RSA2'])(
    'bad-signature spoils %s once, and the resend is good',
    async (signType) => {
      const { simulator, receiver, qrcode } = await openShop(
        { timeScale: RUSHED },
        { asked: { signType }, verifiedAs: signType },
      );
      receiver.answer = { status: 400, text: 'fail' };
      await fault(simulator, 'bad-signature');

      await pay(simulator, qrcode);
      await until(() => receiver.received.length >= 2, 'a resend came');

      expect(receiver.received[0]?.fields.refused).toMatch(/signature/i);
      expect(receiver.received[1]?.fields.trade_status).toBe('TRADE_SUCCESS');
    },
  );

  test('reorder holds as many as were ordered, and sends them in reverse', async () => {
    const { simulator, receiver, qrcode } = await openShop();
    await fault(simulator, 'reorder', 3);

    for (const amount of ['1.00', '2.00', '3.00']) await pay(simulator, qrcode, amount);
    await until(() => receiver.received.length === 3, 'all three came');

    expect(receiver.received.map(({ fields }) => fields.total_fee)).toEqual([
      '3.00',
      '2.00',
      '1.00',
    ]);
  });

  test('deleting the faults lets go what reorder still held', async () => {
    const { simulator, receiver, qrcode } = await openShop();
    await fault(simulator, 'reorder', 3);
    const paid = await pay(simulator, qrcode);
    expect((await booked(simulator, paid)).notifications[0]?.sends).toEqual([]);

    await control(simulator, 'DELETE', '/faults');

    await until(() => receiver.received.length === 1, 'it came');
  });
});

test('a reset forgets what was still to be sent', async () => {
  const { simulator, receiver, qrcode } = await openShop({ timeScale: 1 });
  receiver.answer = { status: 500, text: '' };
  await pay(simulator, qrcode);
  await until(() => receiver.received.length === 1, 'it came once');

  await control(simulator, 'POST', '/reset');
  await control(simulator, 'POST', '/clock', { offsetMs: 86_400_000 });
  const again = await createCode(simulator, {
    notify_url: receiver.url,
    timestamp: formatGatewayTime(new Date()),
  });
  receiver.answer = { status: 200, text: 'success' };
  await pay(simulator, again, '7.00');
  await until(() => receiver.received.length === 2, 'the new one came');

  expect(receiver.received[1]?.fields.total_fee).toBe('7.00');
});
