import { openCounter, pay } from './support/shop';
import { type Stack, startStack } from './support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.close());

async function metrics(): Promise<Map<string, number>> {
  const response = await fetch(`${stack.api.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const lines = (await response.text()).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line): [string, number] => {
      const mark = line.lastIndexOf(' ');
      return [line.slice(0, mark), Number(line.slice(mark + 1))];
    }),
  );
}

test('requests are counted by few words, calls to Alipay by outcome, and what waits by kind', async () => {
  const counter = await openCounter(stack);
  await pay(stack, counter);
  await fetch(`${stack.api.url}/alipay/notifications/nobodys-token`, { method: 'POST', body: 'x' });
  await fetch(`${stack.api.url}/a/path/of/somebody?with=words`);

  const found = await metrics();

  const request = (route: string, status: number): number | undefined =>
    found.get(`countersign_http_request_seconds_count{route="${route}",status="${status}"}`);
  expect(request('notifications', 200)).toBe(1);
  expect(request('notifications', 400)).toBe(1);
  expect(request('graphql', 200)).toBeGreaterThan(0);
  expect(request('other', 404)).toBe(1);
  expect(
    found.get(
      'countersign_alipay_call_seconds_count{service="alipay.commerce.qrcode.create",outcome="SUCCEEDED"}',
    ),
  ).toBe(1);
  expect(found.get('countersign_database_up')).toBe(1);
  const waiting = [...found].filter(([name]) => name.startsWith('countersign_waiting{'));
  expect(Object.fromEntries(waiting)).toEqual({
    'countersign_waiting{what="notifications"}': 0,
    'countersign_waiting{what="quarantined_notifications"}': 0,
    'countersign_waiting{what="refunds"}': 0,
    'countersign_waiting{what="cancels"}': 0,
    'countersign_waiting{what="qr_codes"}': 0,
    'countersign_waiting{what="store_registrations"}': 0,
    'countersign_waiting{what="discrepancies"}': 0,
    'countersign_waiting{what="restorations"}': 0,
    'countersign_waiting{what="statement_days"}': expect.any(Number) as number,
  });
  expect([...found.keys()].join()).not.toMatch(/somebody|nobodys-token/);
});

test('without the database what waits is unknown, not zero', async () => {
  await stack.database.takeAway();

  const found = await metrics();

  expect(found.get('countersign_database_up')).toBe(0);
  expect([...found.keys()].filter((name) => name.startsWith('countersign_waiting'))).toEqual([]);
  await stack.database.giveBack();
});
