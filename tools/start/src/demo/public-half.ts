import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** The public key that belongs to a private one, on one line; null when the text is no such key. */
export function publicHalf(privateKey: string): string | null {
  const key = readPrivateKey(privateKey);
  if (key === null) return null;
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

function readPrivateKey(text: string): KeyObject | null {
  const spelled = text.replaceAll('\\n', '\n');
  const der = Buffer.from(spelled.replace(/-----[^-]+-----/g, ''), 'base64');
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type });
    } catch {
      // Not in this shape; whoever uses the key says what is wrong with it.
    }
  }
  return null;
}
