import { isSecretOf, makeSecret, prefixIn } from './api-key-secret';

test('a secret is letters and digits alone, begins with its prefix, and is never the same', () => {
  const secrets = Array.from({ length: 200 }, () => makeSecret());

  for (const { secret, prefix } of secrets) {
    expect(secret).toMatch(/^cs_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/);
    expect(secret.startsWith(`${prefix}_`)).toBe(true);
    expect(prefixIn(secret)).toBe(prefix);
  }
  expect(new Set(secrets.map(({ secret }) => secret)).size).toBe(secrets.length);
});

test('each letter and digit comes as often as any other', () => {
  const text = Array.from({ length: 1_500 }, () => makeSecret().secret.slice(12, 55)).join('');
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const expected = text.length / 62;

  expect(counts.size).toBe(62);
  for (const count of counts.values()) expect(Math.abs(count / expected - 1)).toBeLessThan(0.25);
});

test('any character that is changed, left out or added is noticed without a database', () => {
  const { secret } = makeSecret();

  for (let place = 0; place < secret.length; place += 1) {
    const other = secret[place] === 'a' ? 'b' : 'a';
    const changed = secret.slice(0, place) + other + secret.slice(place + 1);
    expect(prefixIn(changed)).toBeNull();
    expect(prefixIn(secret.slice(0, place) + secret.slice(place + 1))).toBeNull();
    expect(prefixIn(secret.slice(0, place) + other + secret.slice(place))).toBeNull();
  }
});

test('only the secret itself matches what is kept of it', () => {
  const { secret, hash } = makeSecret();

  expect(isSecretOf(secret, hash)).toBe(true);
  expect(isSecretOf(makeSecret().secret, hash)).toBe(false);
  expect(isSecretOf(secret, hash.subarray(1))).toBe(false);
  expect(hash.toString('latin1')).not.toContain(secret);
});
