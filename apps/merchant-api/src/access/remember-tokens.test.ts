import { ownerCaller } from '@countersign/merchant-domain';

import { type Credentials } from './authenticator';
import { rememberTokens } from './remember-tokens';

const BEGIN = new Date('2026-01-02T07:04:05.000Z');
let now: Date;
let version: object;
let asked: string[];
beforeEach(() => {
  now = BEGIN;
  version = {};
  asked = [];
});

function later(milliseconds: number): void {
  now = new Date(now.getTime() + milliseconds);
}

function remembering(expiresAt: Date | null = null) {
  const answer = (token: string): Credentials | null =>
    token.startsWith('bad') ? null : { caller: ownerCaller(token), expiresAt };
  return rememberTokens(
    (token) => {
      asked.push(token);
      return Promise.resolve(answer(token));
    },
    { now: () => now, version: () => version },
  );
}

test('a good token is checked once a minute, and each token by itself', async () => {
  const wayIn = remembering();

  const subjects = [await wayIn('a'), await wayIn('b'), await wayIn('a'), await wayIn('b')].map(
    (credentials) => credentials?.caller.subject,
  );
  later(59_999);
  await wayIn('a');
  expect([subjects, asked]).toEqual([
    ['a', 'b', 'a', 'b'],
    ['a', 'b'],
  ]);

  later(1);
  await wayIn('a');
  expect(asked).toEqual(['a', 'b', 'a']);
});

test('nothing outlives its own end, the keys it was checked with, or a clock that is put back', async () => {
  const wayIn = remembering(new Date(BEGIN.getTime() + 1_000));
  await wayIn('a');

  later(1_000);
  await wayIn('a');
  expect(asked).toHaveLength(2);

  now = BEGIN;
  version = {};
  await wayIn('a');
  expect(asked).toHaveLength(3);

  later(-3_600_000);
  await wayIn('a');
  expect(asked).toHaveLength(4);
});

test('what was refused is looked at each time', async () => {
  const wayIn = remembering();

  expect(await wayIn('bad')).toBeNull();
  expect(await wayIn('bad')).toBeNull();
  expect(asked).toEqual(['bad', 'bad']);
});

test('strangers fill no memory: the oldest is forgotten', async () => {
  const wayIn = remembering();
  for (let count = 0; count <= 2_000; count += 1) await wayIn(`t${count}`);

  await wayIn('t2000');
  expect(asked).toHaveLength(2_001);
  await wayIn('t0');
  expect(asked).toHaveLength(2_002);
});
