import { get } from 'node:http';

import { MD5_KEY } from './support/gateway';
import { openCounter, pay } from './support/shop';
import { startStack, type Stack, TOKEN } from './support/stack';
import { makeKey } from './support/two-shops';

/** Each of these plants one secret where it must not stand, and says how it is to be told of. */
const PLANTED: readonly [what: string, plant: (stack: Stack) => unknown][] = [
  [
    'a key in the log',
    ({ log }) => {
      log.info('a fact', { detail: { key: MD5_KEY } });
    },
  ],
  [
    "the demo's token in the log",
    ({ log }) => {
      log.error('it failed', { error: new Error(`Bearer ${TOKEN} was refused`) });
    },
  ],
  [
    'an API key in the log',
    async (stack) => {
      const { secret } = await makeKey(stack, 'AUDITOR', null);
      stack.log.warn('a key was used', { used: secret });
    },
  ],
  [
    'the token of a notification address in the log',
    async (stack) => {
      const { notifyUrl } = await openCounter(stack);
      stack.log.info('created', { notifyUrl });
    },
  ],
  [
    'the id of a buyer in the log',
    async (stack) => {
      await pay(stack, await openCounter(stack));
      stack.log.info('paid', { buyer: '2088123412341234' });
    },
  ],
  [
    'a token of an identity provider in an answer',
    ({ api }) =>
      new Promise((resolve) => {
        // The one header that an answer repeats from a question of a listed origin.
        const headers = {
          origin: 'https://studio.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.${'s'.repeat(40)}`,
        };
        get(api.graphqlUrl, { method: 'OPTIONS', headers }, (response) =>
          response.resume().on('end', resolve),
        );
      }),
  ],
];

test('a leak of every kind is found, where it is', async () => {
  const stack = await startStack({ CORS_ORIGINS: 'https://studio.example' });
  for (const [, plant] of PLANTED) await plant(stack);

  const told = await stack.close().then(
    () => '',
    (error: unknown) => String(error),
  );

  const leaks = new Set(told.split('\n').map((line) => line.split(':')[0]));
  expect(leaks).toEqual(new Set(['Error', ...PLANTED.map(([what]) => what)]));
}, 60_000);

test('what the product masks by itself is no leak', async () => {
  const stack = await startStack();
  stack.log.info('a fact', { token: TOKEN, sign: MD5_KEY, nested: { authorization: TOKEN } });
  await makeKey(stack, 'AUDITOR', null);
  await fetch(stack.api.graphqlUrl, { headers: { accept: 'text/html' } });

  await stack.close();
}, 60_000);
