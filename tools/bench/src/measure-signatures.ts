import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  createVerifier,
  decodeNotification,
  type Fields,
  signedText,
  signFields,
  verifyFields,
} from '@countersign/alipay-protocol';

import { type SignaturesOptions } from './command-line';
import { makeKeys } from './make-keys';
import { CONTENT_TYPE, notificationFields, signNotification } from './sign-notifications';
import { median } from './statistics';

/** CPU of one call in µs: the median of the rounds. */
export interface Cost {
  readonly what: string;
  readonly cpuUs: number;
}

export interface SignaturesResult {
  readonly options: SignaturesOptions;
  readonly node: string;
  /** The first of each is bare crypto with a key that was read once. */
  readonly verifying: readonly Cost[];
  readonly signing: readonly Cost[];
}

type Work = Readonly<Record<string, () => unknown>>;

const TURN_MS = 200;

/** What the protocol library adds to a bare RSA2 signature, and what reading a key each time costs. */
export async function measureSignatures(
  options: SignaturesOptions,
  signal: AbortSignal,
): Promise<SignaturesResult> {
  const keys = makeKeys('RSA2');
  const fields: Fields = notificationFields('000000000001', { sellerId: '2088000000000001' });
  const signed = signFields(fields, keys.alipaySigner);
  const { body } = signNotification(fields, keys.alipaySigner);
  const text = Buffer.from(signedText(fields));
  const signature = Buffer.from(signed['sign'] ?? '', 'base64');
  const publicKey = createPublicKey(keys.alipayPublic);
  const privateKey = createPrivateKey(keys.alipayPrivate);
  const verifier = createVerifier({ signType: 'RSA2', publicKey: keys.alipayPublic });

  return {
    options,
    node: process.version,
    verifying: await interleaveCalls(options.rounds, signal, {
      'crypto.verify, the key read once': () => verify('sha256', text, publicKey, signature),
      'crypto.verify, the key read each time': () =>
        verify('sha256', text, keys.alipayPublic, signature),
      verifyFields: () => verifyFields(signed, verifier),
      'decodeNotification, from the bytes': () =>
        decodeNotification(body, { contentType: CONTENT_TYPE, verifier }),
    }),
    signing: await interleaveCalls(options.rounds, signal, {
      'crypto.sign, the key read once': () => sign('sha256', text, privateKey),
      'crypto.sign, the key read each time': () => sign('sha256', text, keys.alipayPrivate),
      signFields: () => signFields(fields, keys.alipaySigner),
    }),
  };
}

/** A B C, A B C, …, each for a moment; the first time round is for warming up. */
async function interleaveCalls(rounds: number, signal: AbortSignal, work: Work): Promise<Cost[]> {
  const costs = new Map<string, number[]>(Object.keys(work).map((what) => [what, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [what, call] of Object.entries(work)) {
      const cpuUs = costOf(call);
      if (round > 0) costs.get(what)?.push(cpuUs);
      await nextTurn();
      signal.throwIfAborted();
    }
  }
  return [...costs].map(([what, values]) => ({ what, cpuUs: median(values) }));
}

function costOf(call: () => unknown): number {
  const before = process.cpuUsage();
  const endsAt = performance.now() + TURN_MS;
  let calls = 0;
  while (performance.now() < endsAt) {
    for (let once = 0; once < 10; once += 1) call();
    calls += 10;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
