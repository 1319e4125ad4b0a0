import { createHmac } from 'node:crypto';

import { type CryptoKey, exportSPKI, importJWK, SignJWT } from 'jose';

import { type IdentityProvider, acceptTokensOf } from '../src/access/identity-provider';
import { followKeySet, type KeySet } from '../src/access/key-set';
import {
  AUDIENCE,
  type IdentityProviderOfTest,
  ISSUER,
  type SigningKey,
  startIdentityProvider,
} from './support/identity-provider';
import { createTestLog, type TestLog } from './support/test-log';

let provider: IdentityProviderOfTest;
let key: SigningKey;
beforeAll(async () => {
  provider = await startIdentityProvider();
  key = await provider.newKey('RS256');
});
afterAll(() => provider.close());

let keySet: KeySet;
let now: Date;
let log: TestLog;
beforeEach(() => {
  now = new Date();
  log = createTestLog();
  provider.answerWith(200);
  provider.publish([key.publicJwk]);
  keySet = followKeySet({ url: provider.url, now: () => now, log });
});
afterEach(() => keySet.close());

function later(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1_000);
}

async function subjectOf(
  token: string,
  own: Partial<IdentityProvider> = {},
): Promise<string | null> {
  const wayIn = acceptTokensOf(
    {
      ...{ jwksUrl: provider.url, issuer: ISSUER, audiences: [AUDIENCE] },
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      claims: { role: 'role', stores: 'stores', refundLimit: 'refund_limit' },
      ...own,
    },
    { keySet, now: () => now, log },
  );
  return (await wayIn(token))?.caller.subject ?? null;
}

/** A token put together by hand: whatever header, body and signature. */
function assembled(header: object, body: object, sign: (text: string) => string): string {
  const part = (content: object): string =>
    Buffer.from(JSON.stringify(content)).toString('base64url');
  const text = `${part(header)}.${part(body)}`;
  return `${text}.${sign(text)}`;
}

const secondsFromNow = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'eve', role: 'OWNER', stores: '*' };

describe('refused:', () => {
  test('a token that says it needs no signature', async () => {
    const body = { ...CLAIMS, exp: secondsFromNow(600) };

    for (const alg of ['none', 'None', 'NONE', '']) {
      expect(await subjectOf(assembled({ alg, kid: key.kid }, body, () => ''))).toBeNull();
    }
  });

  test('a token whose secret is the public key, as text, as JWK or as its modulus', async () => {
    const body = { ...CLAIMS, exp: secondsFromNow(600) };
    const publicKey = await importJWK(key.publicJwk, 'RS256', { extractable: true });
    const secrets = [
      await exportSPKI(publicKey as CryptoKey),
      JSON.stringify(key.publicJwk),
      Buffer.from(key.publicJwk.n ?? '', 'base64url'),
    ];

    for (const secret of secrets) {
      const token = assembled({ alg: 'HS256', kid: key.kid }, body, (text) =>
        createHmac('sha256', secret).update(text).digest('base64url'),
      );
      expect(await subjectOf(token)).toBeNull();
    }
  });

  test('a symmetric key, also when the provider publishes one', async () => {
    const secret = Buffer.alloc(32, 7);
    provider.publish([
      { kty: 'oct', k: secret.toString('base64url'), kid: 'oct', alg: 'HS256' },
      key.publicJwk,
    ]);
    const token = await new SignJWT({ ...CLAIMS, exp: secondsFromNow(600) })
      .setProtectedHeader({ alg: 'HS256', kid: 'oct' })
      .sign(secret);

    expect(await subjectOf(token)).toBeNull();
    expect(await subjectOf(await provider.sign(key))).toBe('ann@shop.example');
  });

  test.each(['jwk', 'jku', 'x5u'])(
    'a key that the token brings along itself (%s)',
    async (name) => {
      const own = await provider.newKey();
      const carried = { jwk: own.publicJwk, jku: provider.url, x5u: provider.url };

      const token = await provider.sign(own, {}, { [name]: carried[name as keyof typeof carried] });

      expect(await subjectOf(token)).toBeNull();
    },
  );

  test('a signature of another key under the name of a known one', async () => {
    const own = await provider.newKey('RS256');

    expect(await subjectOf(await provider.sign({ ...own, kid: key.kid }))).toBeNull();
    expect(await subjectOf(await provider.sign(own))).toBeNull();
  });

  test('the algorithm of one key with the name of another', async () => {
    const curve = await provider.newKey('ES256');
    provider.publish([key.publicJwk, curve.publicJwk]);

    expect(await subjectOf(await provider.sign({ ...curve, kid: key.kid }))).toBeNull();
    expect(await subjectOf(await provider.sign({ ...key, kid: curve.kid }))).toBeNull();
    expect(await subjectOf(await provider.sign(curve))).toBe('ann@shop.example');
  });

  test('an algorithm that was not allowed, with a key that is known', async () => {
    const token = await provider.sign(key);

    expect(await subjectOf(token, { algorithms: ['ES256'] })).toBeNull();
    expect(await subjectOf(token, { algorithms: ['RS256'] })).toBe('ann@shop.example');
  });

  test.each<[string, Record<string, unknown>]>([
    ['for somebody else', { aud: 'other' }],
    ['for nobody', { aud: undefined }],
    ['of another issuer', { iss: 'https://other.example/' }],
    ['of nobody', { iss: undefined }],
    ['without an end', { exp: undefined }],
    ['whose end is no number', { exp: '4102444800' }],
    ['that has ended', { exp: secondsFromNow(-6) }],
    ['that is not good yet', { nbf: secondsFromNow(60) }],
    ['of nobody we could name', { sub: undefined }],
    ['without a role', { role: undefined }],
    ['with a limit that cannot be read', { refund_limit: 200 }],
  ])('a token %s', async (_, own) => {
    expect(await subjectOf(await provider.sign(key, own))).toBeNull();
  });

  test('a token that was changed, in its claims or in its signature', async () => {
    const token = await provider.sign(key, { role: 'CASHIER' });
    const [header, , signature] = token.split('.');
    const raised = Buffer.from(JSON.stringify({ ...CLAIMS, exp: secondsFromNow(600) })).toString(
      'base64url',
    );

    expect(await subjectOf(`${header ?? ''}.${raised}.${signature ?? ''}`)).toBeNull();
    expect(await subjectOf(`${token.slice(0, -2)}AA`)).toBeNull();
    expect(await subjectOf(token.slice(0, -1 * (signature?.length ?? 0)))).toBeNull();
  });

  test('an extension that it calls critical', async () => {
    const header = { alg: 'RS256', kid: key.kid, crit: ['exp'], exp: 1 };

    expect(await subjectOf(assembled(header, CLAIMS, () => 'AA'))).toBeNull();
  });

  test.each(['', 'a.b.c', '..', 'e30.e30.e30', `${'x'.repeat(9_000)}.y.z`])('%j', async (text) => {
    expect(await subjectOf(text)).toBeNull();
  });
});

describe('accepted:', () => {
  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('a token signed by %s', async (alg) => {
    const own = await provider.newKey(alg);
    provider.publish([own.publicJwk]);

    expect(await subjectOf(await provider.sign(own))).toBe('ann@shop.example');
  });

  test('a token for several, of which we are one', async () => {
    expect(await subjectOf(await provider.sign(key, { aud: ['other', AUDIENCE] }))).toBe(
      'ann@shop.example',
    );
  });

  test('a token that ended this moment: no two clocks are the same', async () => {
    expect(await subjectOf(await provider.sign(key, { exp: secondsFromNow(-3) }))).toBe(
      'ann@shop.example',
    );
  });

  test('a token without a key’s name, while there is only one key', async () => {
    const token = await provider.sign(key, {}, { kid: undefined });

    expect(await subjectOf(token)).toBe('ann@shop.example');
  });
});

describe('the keys', () => {
  test('are fetched once for many tokens', async () => {
    const before = provider.asked();

    const token = await provider.sign(key);
    await Promise.all(Array.from({ length: 20 }, () => subjectOf(token)));

    expect(provider.asked() - before).toBe(1);
  });

  test('are fetched again for a token that names a new one, and the old one ends', async () => {
    const before = await provider.sign(key);
    expect(await subjectOf(before)).toBe('ann@shop.example');

    const next = await provider.newKey();
    provider.publish([next.publicJwk]);

    expect(await subjectOf(await provider.sign(next))).toBe('ann@shop.example');
    expect(await subjectOf(before)).toBeNull();
  });

  test('are asked for a few times at once and then every few seconds, whatever strangers send', async () => {
    await subjectOf(await provider.sign(key));
    const before = provider.asked();
    const unknown = await provider.newKey();
    const strangers = async (): Promise<void> => {
      for (let count = 0; count < 30; count += 1) {
        await subjectOf(await provider.sign({ ...unknown, kid: `made-up-${count}` }));
      }
    };

    await strangers();
    expect(provider.asked() - before).toBe(4);
    later(11);
    await strangers();

    expect(provider.asked() - before).toBe(6);
    expect(await subjectOf(await provider.sign(key))).toBe('ann@shop.example');
  });

  test('are looked at again every few minutes, so that a withdrawn one ends by itself', async () => {
    const token = await provider.sign(key, { exp: secondsFromNow(7_200) });
    await subjectOf(token);
    const next = await provider.newKey();
    provider.publish([next.publicJwk]);

    later(11 * 60);

    expect(await subjectOf(token)).toBeNull();
  });

  test.each([500, 404, 302])(
    'go on to count while the provider answers %i, for an hour and no longer',
    async (status) => {
      const token = await provider.sign(key, { exp: secondsFromNow(7_200) });
      await subjectOf(token);
      provider.answerWith(status);

      later(59 * 60);
      expect(await subjectOf(token)).toBe('ann@shop.example');
      later(2 * 60);

      await expect(subjectOf(token)).rejects.toThrow(
        'the keys of the identity provider are not known',
      );
      provider.answerWith(200);
      later(60);
      expect(await subjectOf(token)).toBe('ann@shop.example');
      expect(log.lines.map(({ fact }) => fact)).toEqual([
        'the keys of the identity provider cannot be fetched',
        'the identity provider answers again',
      ]);
    },
  );

  test('stay as they are when an empty set, or none, is served', async () => {
    const token = await provider.sign(key, { exp: secondsFromNow(7_200) });
    await subjectOf(token);

    provider.publish([]);
    later(20 * 60);

    expect(await subjectOf(token)).toBe('ann@shop.example');
  });

  test('never fetched, leave it open whether a token is good: that is no refusal', async () => {
    provider.answerWith(500);

    await expect(subjectOf(await provider.sign(key))).rejects.toThrow(
      'the keys of the identity provider are not known',
    );
  });
});

test('no token stands in the log, whatever is wrong with it', async () => {
  const tokens = await Promise.all([
    provider.sign(key, { role: 'ROOT' }),
    provider.sign(await provider.newKey()),
    provider.sign(key, { sub: 'worker' }),
  ]);
  for (const token of tokens) await subjectOf(token);

  const written = JSON.stringify(log.lines);
  expect(written).toContain('a token of the identity provider is good, and opens nothing');
  for (const token of tokens) expect(written).not.toContain(token.split('.')[2]);
});
