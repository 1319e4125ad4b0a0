import { decodeAnswer, type Fields } from '@countersign/alipay-protocol';
import { errorCode } from '../src/error-code';
import type { GatewaySimulator } from '../src/index';
import {
  booked,
  call,
  control,
  createCode,
  gatewayVerifier,
  pay,
  post,
  startSimulator,
  stopAll,
  until,
  type Paid,
} from './support';

afterEach(stopAll);

const REFUND = 'alipay.acquire.overseas.spot.refund';

function refundFields(paid: Paid, changed: Fields = {}): Fields {
  return {
    service: REFUND,
    partner_trans_id: paid.out_trade_no,
    partner_refund_id: 'R1',
    refund_amount: '2.50',
    currency: 'HKD',
    is_sync: 'Y',
    ...changed,
  };
}

async function withFault(
  kind: string,
  times?: number,
): Promise<{ simulator: GatewaySimulator; paid: Paid }> {
  const simulator = await startSimulator();
  const paid = await pay(simulator, await createCode(simulator));
  await control(simulator, 'POST', '/faults', {
    service: REFUND,
    kind,
    ...(times ? { times } : {}),
  });
  return { simulator, paid };
}

async function refundsOf(simulator: GatewaySimulator, paid: Paid): Promise<number> {
  return (await booked(simulator, paid)).refunds.length;
}

/** What came back, in few words. */
async function outcome(
  simulator: GatewaySimulator,
  paid: Paid,
  patienceMs = 3000,
): Promise<string> {
  try {
    const response = await Promise.race([
      post(simulator, refundFields(paid)),
      new Promise<null>((resolve) => setTimeout(resolve, patienceMs, null).unref()),
    ]);
    if (!response) return 'silence';
    const bytes = Buffer.from(await response.arrayBuffer());
    const contentType = response.headers.get('content-type') ?? '';
    if (!contentType.startsWith('text/xml'))
      return `${response.status} ${contentType.split(';')[0] ?? ''}`;
    const answer = decodeAnswer(bytes, { contentType, verifier: gatewayVerifier('MD5') });
    if (!answer.accepted) return `unsigned ${answer.code}`;
    const { result_code, error } = answer.fields;
    const charset = contentType.split('charset=')[1] ?? '';
    return `signed ${[result_code, error, charset].filter(Boolean).join(' ')}`;
  } catch (error) {
    return (
      errorCode(error) ??
      (/fetch failed|terminated/.test(String(error)) ? 'cut off' : String(error))
    );
  }
}

test.each([
  // kind                        what comes back                     refunds made
  ['timeout', 'silence', 0],
  ['timeout-after-effect', 'silence', 1],
  ['reset', 'cut off', 0],
  ['reset-after-effect', 'cut off', 1],
  ['system-error', 'unsigned SYSTEM_ERROR', 0],
  ['system-error-after-effect', 'unsigned SYSTEM_ERROR', 1],
  ['http-500', '500 text/html', 0],
  ['html', '200 text/html', 0],
  ['bad-signature', 'ALIPAY_SIGNATURE_MISMATCH', 1],
  ['unsigned', 'ALIPAY_SIGNATURE_MISSING', 1],
  ['gbk', 'signed SUCCESS GBK', 1],
  ['unknown-result', 'signed UNKNOW UTF-8', 0],
  ['refuse:MERCHANT_BALANCE_NOT_ENOUGH', 'signed FAIL MERCHANT_BALANCE_NOT_ENOUGH UTF-8', 0],
  ['refuse-unsigned:HAS_NO_PRIVILEGE', 'unsigned HAS_NO_PRIVILEGE', 0],
  ['slow:30', 'signed SUCCESS UTF-8', 1],
  ['cut:0', 'cut off', 1],
  ['cut:100', 'cut off', 1],
])('%s: %s, and %i refunds', async (kind, expected, refunds) => {
  const { simulator, paid } = await withFault(kind);

  expect(await outcome(simulator, paid, kind.startsWith('timeout') ? 150 : 3000)).toBe(expected);
  expect(await refundsOf(simulator, paid)).toBe(refunds);
  expect(await outcome(simulator, paid)).toBe('signed SUCCESS UTF-8');
  expect(await refundsOf(simulator, paid)).toBe(1);
});

test('other-answer speaks of another trade, well signed, after the refund was made', async () => {
  const { simulator, paid } = await withFault('other-answer');

  const answer = await call(simulator, refundFields(paid));

  expect(answer.fields.result_code).toBe('SUCCESS');
  expect(answer.fields.alipay_trans_id).not.toBe(paid.trade_no);
  expect(answer.fields.partner_trans_id).not.toBe(paid.out_trade_no);
  expect(await refundsOf(simulator, paid)).toBe(1);
});

test('slow answers late', async () => {
  const { simulator, paid } = await withFault('slow:120');
  const start = performance.now();

  await call(simulator, refundFields(paid));

  expect(performance.now() - start).toBeGreaterThanOrEqual(115);
});

test('a fault lasts for as many calls as were ordered, and one after the other', async () => {
  const { simulator, paid } = await withFault('system-error', 2);
  await control(simulator, 'POST', '/faults', { service: REFUND, kind: 'html' });

  const outcomes = [];
  for (let index = 0; index < 4; index += 1) outcomes.push(await outcome(simulator, paid));

  expect(outcomes).toEqual([
    'unsigned SYSTEM_ERROR',
    'unsigned SYSTEM_ERROR',
    '200 text/html',
    'signed SUCCESS UTF-8',
  ]);
});

test('a fault with an aim waits for its own call, and lets the others pass', async () => {
  const simulator = await startSimulator();
  const paid = await pay(simulator, await createCode(simulator));
  const order = { service: REFUND, kind: 'refuse:TRADE_HAS_CLOSE', times: 2 };
  const match = { partner_trans_id: paid.out_trade_no, partner_refund_id: 'R2' };
  await control(simulator, 'POST', '/faults', { ...order, match });
  const results = async (...ids: string[]) => {
    const answers = [];
    for (const id of ids) {
      answers.push(await call(simulator, refundFields(paid, { partner_refund_id: id })));
    }
    return answers.map(({ fields }) => fields.error ?? fields.result_code);
  };

  expect(await results('R1', 'R2', 'R22')).toEqual(['SUCCESS', 'TRADE_HAS_CLOSE', 'SUCCESS']);
  expect((await control(simulator, 'GET', '/faults')).json).toEqual([
    { ...order, times: 1, match },
  ]);
  expect(await results('R2', 'R2')).toEqual(['TRADE_HAS_CLOSE', 'SUCCESS']);
});

test('an aim may name what stands inside biz_data', async () => {
  const simulator = await startSimulator();
  await control(simulator, 'POST', '/faults', {
    service: 'alipay.commerce.qrcode.create',
    kind: 'refuse-unsigned:ILLEGAL_ARGUMENT',
    match: { store_id: 'S_2' },
  });

  const codes = [];
  for (const storeId of ['S_1', 'S_2', 'S_2']) {
    codes.push(await createCode(simulator, {}, { store_id: storeId }));
  }

  expect(codes.map((code) => code.startsWith('refused'))).toEqual([false, true, false]);
});

test('a fault concerns its own service alone, and is gone when all are deleted', async () => {
  const { simulator, paid } = await withFault('system-error', 5);

  const query = await call(simulator, {
    service: 'alipay.acquire.overseas.query',
    partner_trans_id: paid.out_trade_no,
  });
  await control(simulator, 'DELETE', '/faults');

  expect(query.accepted).toBe(true);
  expect(await outcome(simulator, paid)).toBe('signed SUCCESS UTF-8');
  expect((await control<unknown[]>(simulator, 'GET', '/faults')).json).toEqual([]);
});

test.each([
  [
    'alipay.acquire.cancel',
    { out_trade_no: 'T' },
    { detail_error_code: 'TRADE_HAS_FINISHED', result_code: 'FAIL' },
  ],
  [
    'alipay.acquire.refund.query',
    { out_trade_no: 'T', out_return_no: 'R' },
    { response_code: 'TRADE_HAS_FINISHED' },
  ],
  [
    'alipay.acquire.overseas.query',
    { partner_trans_id: 'T' },
    { error: 'TRADE_HAS_FINISHED', result_code: 'FAIL' },
  ],
])('%s says a signed no in its own place', async (service, fields, expected) => {
  const simulator = await startSimulator();
  await control(simulator, 'POST', '/faults', { service, kind: 'refuse:TRADE_HAS_FINISHED' });

  const timestamp = service === 'alipay.acquire.cancel' ? { timestamp: String(Date.now()) } : {};
  const answer = await call(simulator, { service, ...timestamp, ...(fields as Fields) });

  expect(answer.fields).toMatchObject(expected);
});

test.each([
  ['no service', { kind: 'timeout' }, /^service must be notification or one of alipay\./],
  ['an unknown service', { service: 'alipay.pay', kind: 'timeout' }, /^service must be/],
  [
    'an unknown kind',
    { service: REFUND, kind: 'explode' },
    /^kind must be one of timeout, .*refuse:<CODE>.*slow:<ms>/,
  ],
  ['a refuse without a code', { service: REFUND, kind: 'refuse' }, /^kind must be/],
  ['a refuse in small letters', { service: REFUND, kind: 'refuse:no' }, /^kind must be/],
  ['a slow without a number', { service: REFUND, kind: 'slow:soon' }, /^kind must be/],
  ['a slow beyond ten minutes', { service: REFUND, kind: 'slow:600001' }, /^kind must be/],
  ["a notification's kind for a service", { service: REFUND, kind: 'drop' }, /^kind must be/],
  [
    "a service's kind for notifications",
    { service: 'notification', kind: 'gbk' },
    /^kind must be one of drop, duplicate, delay:<ms>, bad-signature, reorder$/,
  ],
  ['no times', { service: REFUND, kind: 'html', times: 0 }, /^times must be/],
  ['an aim at nothing', { service: REFUND, kind: 'html', match: {} }, /^match must be/],
  ['an aim that is no text', { service: REFUND, kind: 'html', match: { a: 1 } }, /^match must be/],
  [
    'an aim for notifications',
    { service: 'notification', kind: 'drop', match: { trade_no: '1' } },
    /^match must be/,
  ],
  ['half a time', { service: REFUND, kind: 'html', times: 1.5 }, /^times must be/],
])('refuses an order with %s, naming the field', async (_what, order, message) => {
  const simulator = await startSimulator();

  const { status, json } = await control(simulator, 'POST', '/faults', order);

  expect(status).toBe(400);
  expect(json.error).toMatch(message);
});

test('a call that never gets an answer does not keep the simulator from closing', async () => {
  const { simulator, paid } = await withFault('timeout');
  const unanswered = post(simulator, refundFields(paid)).catch(() => 'cut off');
  await until(
    async () => (await control<unknown[]>(simulator, 'GET', '/faults')).json.length === 0,
    'the call has reached the gateway',
  );

  await simulator.close();

  expect(await unanswered).toBe('cut off');
});
