import { QUERY } from './support/gateway';
import { type Stack, startStack } from './support/stack';
import { until } from './support/until';

let stack: Stack | undefined;
afterEach(async () => {
  await stack?.close();
  stack = undefined;
});

async function ready(api: Stack['api']): Promise<{ status: number; alipay: unknown }> {
  const response = await fetch(`${api.url}/readyz`);
  const { alipay } = (await response.json()) as { alipay: unknown };
  return { status: response.status, alipay };
}

test('a gateway that knows us is told of as OK, before the API says that it is ready', async () => {
  stack = await startStack();

  expect(await ready(stack.api)).toMatchObject({ status: 200, alipay: { status: 'OK' } });
});

test.each(['ILLEGAL_SIGN', 'ILLEGAL_PARTNER', 'ACCESS_FORBIDDEN'])(
  'a gateway that says %s is told of with advice, and the API stays ready',
  async (code) => {
    stack = await startStack({}, (gateway) => {
      gateway.answer(QUERY, () => ({ unsigned: code }));
    });

    expect(await ready(stack.api)).toMatchObject({
      status: 200,
      alipay: {
        status: 'MISCONFIGURED',
        alipayCode: code,
        advice: expect.stringMatching(/\.$/) as unknown,
      },
    });
    expect(stack.log.errors()).toMatchObject([{ fact: 'Alipay does not take our calls' }]);
  },
);

test('answers that our key does not verify are told of', async () => {
  stack = await startStack({}, (gateway) => {
    gateway.spoilSignatures();
  });

  expect(await ready(stack.api)).toMatchObject({
    alipay: { status: 'MISCONFIGURED', alipayCode: 'ALIPAY_SIGNATURE_MISMATCH' },
  });
});

test('a gateway that is silent holds up neither the start nor the stop', async () => {
  const startedAt = performance.now();
  stack = await startStack({ GATEWAY_TIMEOUT_MS: '1000' }, (gateway) => {
    gateway.answer(QUERY, () => 'SILENCE');
  });
  const { api } = stack;

  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(await ready(api)).toMatchObject({ status: 200, alipay: { status: 'UNKNOWN' } });
  await until('the time-out', async () => {
    const { alipay } = await ready(api);
    return (alipay as { status: string }).status === 'UNREACHABLE';
  });
});

test('a worker answers for its health and for nothing else', async () => {
  stack = await startStack({ ROLE: 'worker', PUBLIC_URL: 'http://127.0.0.1:9' });

  const statuses = await Promise.all(
    ['/livez', '/readyz', '/graphql', '/alipay/notifications'].map(
      async (path) => (await fetch(`${stack?.api.url ?? ''}${path}`)).status,
    ),
  );

  expect(statuses).toEqual([200, 200, 404, 404]);
});

test('an unknown path says where GraphQL is', async () => {
  stack = await startStack();

  const response = await fetch(`${stack.api.url}/nothing/here`);

  expect(response.status).toBe(404);
  expect(await response.text()).toContain('/graphql');
});
