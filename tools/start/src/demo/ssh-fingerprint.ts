import { createHash, createPublicKey } from 'node:crypto';

/** How SSH names an RSA key (`SHA256:…`), from its public half on one line. */
export function sshFingerprint(publicKey: string): string {
  const key = createPublicKey({
    key: Buffer.from(publicKey, 'base64'),
    format: 'der',
    type: 'spki',
  });
  const { e = '', n = '' } = key.export({ format: 'jwk' });
  const wire = Buffer.concat([
    lengthPrefixed(Buffer.from('ssh-rsa')),
    lengthPrefixed(positive(Buffer.from(e, 'base64url'))),
    lengthPrefixed(positive(Buffer.from(n, 'base64url'))),
  ]);
  return `SHA256:${createHash('sha256').update(wire).digest('base64').replace(/=+$/, '')}`;
}

function lengthPrefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A leading bit that is set would make the number negative. */
function positive(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.alloc(1), bytes]);
}
