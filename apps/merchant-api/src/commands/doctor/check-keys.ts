import { readFileSync } from 'node:fs';

import { keyBits, keyFingerprint, loadKey } from '@countersign/alipay-protocol';

import { type Config } from '../../config';
import { createSettings, type Environment } from '../../config/settings';
import { doubtful, type Finding, good, wrong } from './finding';

/** Alipay's own key for RSA has 1024 bits, and nobody else can change that. */
const bitsToBeSure = 2_048;

/** That keys are keys the configuration has checked; here it is seen whose they are. */
export function checkKeys({ gateway }: Config, env: Environment): Finding[] {
  const settings = createSettings(env, (path) => readFileSync(path, 'utf8'));
  const own = settings.secret('ALIPAY_PRIVATE_KEY');
  const alipays = settings.secret('ALIPAY_PUBLIC_KEY');
  const { signType } = gateway.keys.verifier;
  if (own === undefined || alipays === undefined) {
    return [good('keys', `one shared key for ${signType}`)];
  }
  const [ours, theirs] = [loadKey(own, { kind: 'private' }), loadKey(alipays, { kind: 'public' })];
  if (keyFingerprint(ours) === keyFingerprint(theirs)) {
    return [
      wrong(
        'keys',
        'ALIPAY_PUBLIC_KEY is the public half of our own key',
        'Copy Alipay’s public key from its portal; ours is the one that is uploaded there.',
      ),
    ];
  }
  const shown = `ours ${keyFingerprint(ours).slice(0, 16)}, Alipay’s ${keyFingerprint(theirs).slice(0, 16)}`;
  return [
    good('keys', `${signType}; fingerprints of the public halves: ${shown}`),
    ...(keyBits(ours) < bitsToBeSure
      ? [
          doubtful(
            'keys',
            `our own key has ${keyBits(ours)} bits`,
            'Make one of 2048, and rotate as docs/operations.md says.',
          ),
        ]
      : []),
  ];
}
