import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';

export const ISSUER = 'https://id.example/';
export const AUDIENCE = 'countersign';

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** An identity provider on this machine: it serves the keys that a test gives it, and signs. */
export interface IdentityProviderOfTest {
  readonly url: string;
  readonly environment: Record<string, string>;
  /** How often the keys were asked for. */
  readonly asked: () => number;
  publish(keys: readonly JWK[]): void;
  /** From now on: an answer of this status, or, with null, silence. */
  answerWith(status: number | null): void;
  newKey(alg?: string): Promise<SigningKey>;
  sign(key: SigningKey, own?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function startIdentityProvider(): Promise<IdentityProviderOfTest> {
  let keys: readonly JWK[] = [];
  let status: number | null = 200;
  let asked = 0;
  let made = 0;
  const server = createServer((_, response) => {
    asked += 1;
    if (status === null) return;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;

  return {
    url,
    environment: { AUTH_JWKS_URL: url, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE },
    asked: () => asked,
    publish: (published) => {
      keys = published;
    },
    answerWith: (next) => {
      status = next;
    },
    newKey: async (alg = 'ES256') => {
      made += 1;
      const kid = `key-${made}`;
      const { privateKey, publicKey } = await generateKeyPair(alg);
      return {
        kid,
        alg,
        privateKey,
        publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
      };
    },
    sign: ({ kid, alg, privateKey }, own = {}, header = {}) =>
      new SignJWT({
        ...{ iss: ISSUER, aud: AUDIENCE, sub: 'ann@shop.example', role: 'OWNER', stores: '*' },
        exp: Math.floor(Date.now() / 1_000) + 600,
        ...own,
      })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
