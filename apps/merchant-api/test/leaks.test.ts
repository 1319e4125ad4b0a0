import { get } from 'node:http';

import { openCounter, pay } from './support/shop';
import { MD5_KEY } from './support/gateway';
import { startStack, type Stack, TOKEN } from './support/stack';
import { makeKey } from './support/two-shops';

/** Each of these is planted where it must not stand; the end of the stack has to find it. */
test.each<[string, (stack: Stack) => unknown, string]>([
  [
    'a key',
    ({ log }) => {
      log.info('a fact', { detail: { key: MD5_KEY } });
    },
    'a key in the log',
  ],
  [
    "the demo's token in an error",
    ({ log }) => {
      log.error('it failed', { error: new Error(`Bearer ${TOKEN} was refused`) });
    },
    "the demo's token in the log",
  ],
  [
    'an API key',
    async (stack) => {
      const { secret } = await makeKey(stack, 'AUDITOR', null);
      stack.log.warn('a key was used', { used: secret });
    },
    'an API key in the log',
  ],
  [
    'the address of a code',
    async (stack) => {
      const { notifyUrl } = await openCounter(stack);
      stack.log.info('created', { notifyUrl });
    },
    'the token of a notification address in the log',
  ],
  [
    'a buyer',
    async (stack) => {
      await pay(stack, await openCounter(stack));
      stack.log.info('paid', { buyer: '2088123412341234' });
    },
    'the id of a buyer in the log',
  ],
  [
    'a token of an identity provider, in an answer',
    ({ api }) =>
      new Promise((resolve) => {
        const origin = 'https://studio.example';
        // The one header that an answer repeats from a question of a listed origin.
        const token = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.${'s'.repeat(40)}`;
        get(
          api.graphqlUrl,
          {
            method: 'OPTIONS',
            headers: {
              origin,
              'access-control-request-method': 'POST',
              'access-control-request-headers': token,
            },
          },
          (response) => response.resume().on('end', resolve),
        );
      }),
    'a token of an identity provider in an answer',
  ],
])(
  'a leak of %s is found',
  async (_, plant, expected) => {
    const stack = await startStack({ CORS_ORIGINS: 'https://studio.example' });
    await plant(stack);

    await expect(stack.close()).rejects.toThrow(expected);
  },
  60_000,
);

test('what the product masks by itself is no leak', async () => {
  const stack = await startStack();
  stack.log.info('a fact', { token: TOKEN, sign: MD5_KEY, nested: { authorization: TOKEN } });
  await makeKey(stack, 'AUDITOR', null);
  await fetch(stack.api.graphqlUrl, { headers: { accept: 'text/html' } });

  await stack.close();
}, 60_000);
