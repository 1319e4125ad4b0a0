import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeSecret } from '../machine/write-secret';
import { StopWithMessage } from '../stop-with-message';

const NAMES = [
  'md5Key',
  'merchantPrivateKey',
  'merchantPublicKey',
  'gatewayPrivateKey',
  'gatewayPublicKey',
  'demoToken',
] as const;

/** Throw-away secrets of one demo: base64 without line breaks, so that each fits on one line. */
export type DemoKeys = Readonly<Record<(typeof NAMES)[number], string>>;

const MD5_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const MD5_LENGTH = 32;
const RSA_BITS = 2048;

/** The demo's keys: made at the first start, the same ever after. */
export function openDemoKeys(file: string): DemoKeys {
  if (!existsSync(file)) {
    const keys = generateDemoKeys();
    writeSecret(file, `${JSON.stringify(keys, null, 2)}\n`);
    return keys;
  }
  const kept = parseDemoKeys(readFileSync(file, 'utf8'));
  if (kept !== null) return kept;
  throw new StopWithMessage(`${file} is damaged. Remove it, and the next start makes new keys.`);
}

export function generateDemoKeys(): DemoKeys {
  const [merchant, gateway] = [generatePair(), generatePair()];
  return {
    md5Key: Array.from(
      { length: MD5_LENGTH },
      () => MD5_LETTERS[randomInt(MD5_LETTERS.length)],
    ).join(''),
    merchantPrivateKey: merchant.privateKey,
    merchantPublicKey: merchant.publicKey,
    gatewayPrivateKey: gateway.privateKey,
    gatewayPublicKey: gateway.publicKey,
    demoToken: `demo_${randomBytes(24).toString('base64url')}`,
  };
}

export function parseDemoKeys(text: string): DemoKeys | null {
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    return null; // cut short
  }
  return isDemoKeys(kept) ? kept : null;
}

function isDemoKeys(value: unknown): value is DemoKeys {
  if (typeof value !== 'object' || value === null) return false;
  const found = new Map<string, unknown>(Object.entries(value));
  return NAMES.every((name) => {
    const key = found.get(name);
    return typeof key === 'string' && key !== '';
  });
}

function generatePair(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: RSA_BITS,
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  return { privateKey: privateKey.toString('base64'), publicKey: publicKey.toString('base64') };
}
