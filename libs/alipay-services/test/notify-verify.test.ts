import { encodeAnswer } from '@countersign/alipay-protocol';

import { type AlipayClient } from '../src/index';
import { clientOf, partnerId, refusedUnsigned, signed, signer } from './client-under-test';
import {
  type Answering,
  cut,
  type GatewayDouble,
  openGatewayDouble,
  page,
  xml,
} from './gateway-double';

let gateway: GatewayDouble;
let alipay: AlipayClient;
let reports: ReturnType<typeof clientOf>['reports'];

beforeEach(async () => {
  gateway = await openGatewayDouble();
  ({ alipay, reports } = clientOf(gateway));
});

afterEach(async () => {
  await alipay.close();
  await gateway.close();
});

const notifyId = 'ac05+99/05=24 7';

async function asked(answer: Answering) {
  gateway.answer(answer);
  return alipay.notifyVerify({ notifyId });
}

test.each([
  ['', /is missing/],
  ['n'.repeat(129), /longer than 128/],
  ['a"b', /quotation mark/],
])('the id %j is never sent', async (wrong, says) => {
  await expect(alipay.notifyVerify({ notifyId: wrong })).rejects.toMatchObject({
    code: 'ALIPAY_REQUEST_INVALID',
    field: 'notifyId',
    message: expect.stringMatching(says) as string,
  });

  expect(gateway.received).toHaveLength(0);
});

test.each<[string, Answering]>([
  ['a connection that is cut', cut],
  ['a page', page(200, 'text/html', '<html>true</html>')],
  ['true, with another status', page(500, 'text/plain', 'true')],
  ['true, and more', page(200, 'text/plain', 'true\ntrue')],
  ['TRUE', page(200, 'text/plain', 'TRUE')],
  ['nothing', page(200, 'text/plain', '')],
  ['XML that is none', page(200, 'text/xml', 'true')],
  ['a signed success of another service', signed({ result_code: 'SUCCESS' })],
  ["the gateway's trouble", refusedUnsigned('SYSTEM_ERROR')],
])('%s says nothing', async (_what, answer) => {
  expect(await asked(answer)).toMatchObject({ kind: 'UNKNOWN', cause: expect.any(Error) as Error });
});

test('invalid says that the question is wrong, and nobody vouches for that either', async () => {
  expect(await asked(page(200, 'text/plain', 'invalid'))).toEqual({
    kind: 'REJECTED',
    alipayCode: 'invalid',
    signed: false,
  });
});

test("the gateway's own refusal is read as from every service", async () => {
  expect(await asked(xml(encodeAnswer({ error: 'ILLEGAL_PARTNER' })))).toEqual({
    kind: 'REJECTED',
    alipayCode: 'ILLEGAL_PARTNER',
    signed: false,
  });
});

test.each([
  ['true', true],
  ['false', false],
  [' true\n', true],
])('%j is an answer, in any or no type of text', async (text, isVouchedFor) => {
  for (const type of ['text/plain', 'text/html;charset=GBK', '']) {
    expect(await asked(page(200, type, text))).toEqual({
      kind: 'SUCCEEDED',
      answer: { notifyId, isVouchedFor },
    });
  }
});

test('it is asked by GET, unsigned, with the id encoded, also when keys are there', async () => {
  await asked(page(200, 'text/plain', 'true'));

  const [one] = gateway.received;
  expect(one?.body).toBe('');
  expect(one?.url).toBe(
    `/gateway.do?service=notify_verify&partner=${partnerId}&notify_id=ac05%2B99%2F05%3D24+7`,
  );
  expect(signer.signType).toBe('MD5');
});

test('it is reported like every call', async () => {
  await asked(page(200, 'text/plain', 'false'));
  await asked(page(200, 'text/html', `<html>${'secret'.repeat(99)}</html>`));

  expect(reports).toMatchObject([
    {
      service: 'notify_verify',
      outcome: 'SUCCEEDED',
      request: { service: 'notify_verify', partner: partnerId, notify_id: notifyId },
      response: { text: 'false' },
    },
    {
      outcome: 'UNKNOWN',
      response: undefined,
      cause: 'the gateway answered 607 bytes of text/html instead of true, false or invalid',
    },
  ]);
});

test('a gateway that cannot be reached is asked at its other address', async () => {
  const { alipay: moved } = clientOf(
    { url: 'http://127.0.0.1:1/gateway.do' },
    { backupGatewayUrl: gateway.url },
  );
  gateway.answer(page(200, 'text/plain', 'true'));

  expect(await moved.notifyVerify({ notifyId })).toMatchObject({ kind: 'SUCCEEDED' });
  await moved.close();
});
