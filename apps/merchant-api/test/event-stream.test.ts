import { type Counter, openCounter, pay } from './support/shop';
import { type Stack, startStack, TOKEN } from './support/stack';
import { until } from './support/until';

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
}, 60_000);
afterAll(() => stack.close());

interface Streamed {
  readonly response: Response;
  readonly text: () => string;
  readonly ended: Promise<'complete' | 'cut'>;
  stop(): void;
}

async function open(
  body: Record<string, unknown> | string,
  headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
): Promise<Streamed> {
  const leave = new AbortController();
  const url = `${stack.api.graphqlUrl}/stream`;
  const response =
    typeof body === 'string'
      ? await fetch(`${url}?${body}`, { headers, signal: leave.signal })
      : await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
          signal: leave.signal,
        });
  let text = '';
  const read = async (): Promise<'complete' | 'cut'> => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
      }
    } catch {
      return 'cut';
    }
    return text.endsWith('event: complete\ndata:\n\n') ? 'complete' : 'cut';
  };
  return {
    response,
    text: () => text,
    ended: read(),
    stop: () => {
      leave.abort();
    },
  };
}

function itemsOf(text: string): unknown[] {
  return [...text.matchAll(/^event: next\ndata: (.*)$/gm)].map(
    ([, item = '']) => JSON.parse(item) as unknown,
  );
}

test('without a token there is no stream', async () => {
  const { response } = await open({ query: '{ viewer { role } }' }, {});

  expect(response.status).toBe(401);
});

test.each([
  [400, { query: '' }],
  [400, { query: 1 }],
  [400, 'variables={'],
  [405, `query=${encodeURIComponent('mutation { reverifyNotifications { accepted } }')}`],
])('%i is the answer to %j', async (status, body) => {
  const { response } = await open(body);

  expect(response.status).toBe(status);
});

test('what is wrong with an operation is told in the stream', async () => {
  const { text, ended, response } = await open({ query: '{ everything }' });

  expect(await ended).toBe('complete');
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(itemsOf(text())).toMatchObject([{ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }]);
});

test.each([
  ['POST', { query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id: 'x' } }],
  [
    'GET',
    `query=${encodeURIComponent('query ($id: ID!) { node(id: $id) { id } }')}&variables=${encodeURIComponent('{"id":"x"}')}`,
  ],
])('a query by %s is one event and the end', async (_, body) => {
  const { text, ended } = await open(body);

  expect(await ended).toBe('complete');
  expect(itemsOf(text())).toEqual([{ data: { node: null } }]);
});

test('payments are streamed as they are made, and from a cursor on', async () => {
  const query =
    'subscription ($after: String) { paymentReceived(after: $after) { cursor transaction { id } } }';
  const live = await open({ query });
  const paid = await pay(stack, counter);
  await until('the payment', () => itemsOf(live.text()).length === 1);
  live.stop();
  const [first] = itemsOf(live.text()) as [
    { data: { paymentReceived: { cursor: string; transaction: { id: string } } } },
  ];
  const next = await pay(stack, counter);

  const after = await open({ query, variables: { after: first.data.paymentReceived.cursor } });

  await until('the next payment', () => itemsOf(after.text()).length === 1);
  after.stop();
  expect(first.data.paymentReceived.transaction.id).toBe(paid.id);
  expect(itemsOf(after.text())).toMatchObject([
    { data: { paymentReceived: { transaction: { id: next.id } } } },
  ]);
});

test('when the API stops, a stream is cut and not completed: its client comes back', async () => {
  const own = await startStack();
  const response = await fetch(`${own.api.graphqlUrl}/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query: 'subscription { paymentReceived { cursor } }' }),
  });

  const text = response.text().then(
    (all) => `ended with ${all}`,
    () => 'cut',
  );
  await own.close();

  expect(await text).toBe('cut');
}, 60_000);
