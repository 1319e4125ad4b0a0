// Signs every vector of this folder anew, with the openssl and iconv commands and none of our code.
//
//   node make-vectors.mjs           fresh keys, fresh signatures
//   node make-vectors.mjs --check   signs nothing: says which signatures openssl does not agree with
//
// With VECTORS=first-day it does so in that folder: what `doctor --record` has written has the same shape.
//
// A vector holds what is signed (`signedText`) in its charset; the script puts the signature where it
// belongs: into `sign`, into the form of a notification, or into the XML of an answer.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = process.env.VECTORS ?? fileURLToPath(new URL('.', import.meta.url));
const isCheck = process.argv.includes('--check');
const work = mkdtempSync(join(tmpdir(), 'vectors-'));

const run = (program, args, input) =>
  execFileSync(program, args, { input, stdio: ['pipe', 'pipe', 'ignore'] });
const openssl =
  (...args) =>
  (input) =>
    run('openssl', args, input);
const at = (name) => join(work, name);

const DIGESTS = { RSA: '-sha1', RSA2: '-sha256' };
const BITS = { RSA: '1024', RSA2: '2048' };

/** The bytes that are signed: iconv turns the text into its charset. */
const bytesOf = ({ signedText, charset }) =>
  run('iconv', ['-f', 'UTF-8', '-t', charset], signedText);

/** One key for each sign type and run; the private half goes when the run ends. */
const keys = {};
function keyFor(signType) {
  if (keys[signType] === undefined) {
    const path = at(`${signType}.pem`);
    run('openssl', ['genrsa', '-out', path, BITS[signType]]);
    const publicKey = run('openssl', ['rsa', '-in', path, '-pubout']).toString();
    keys[signType] = { path, publicKey: publicKey.replace(/-----[A-Z ]+-----|\s/g, '') };
  }
  return keys[signType];
}

function md5Of(vector) {
  const printed = openssl(
    'dgst',
    '-md5',
    '-r',
  )(Buffer.concat([bytesOf(vector), Buffer.from(vector.md5Key)]));
  return printed.toString().slice(0, 32);
}

function signatureOf(vector) {
  if (vector.signType === 'MD5') return md5Of(vector);
  const { path } = keyFor(vector.signType);
  return openssl(
    'dgst',
    DIGESTS[vector.signType],
    '-sign',
    path,
  )(bytesOf(vector)).toString('base64');
}

function isGood(vector, sign) {
  if (vector.signType === 'MD5') return md5Of(vector) === sign;
  const pem = vector.publicKey.includes('-----')
    ? vector.publicKey
    : `-----BEGIN PUBLIC KEY-----\n${vector.publicKey.match(/.{1,64}/g).join('\n')}\n-----END PUBLIC KEY-----\n`;
  writeFileSync(at('public.pem'), pem);
  writeFileSync(at('signature'), Buffer.from(sign, 'base64'));
  try {
    openssl(
      'dgst',
      DIGESTS[vector.signType],
      '-verify',
      at('public.pem'),
      '-signature',
      at('signature'),
    )(bytesOf(vector));
    return true;
  } catch {
    return false;
  }
}

const escaped = (sign) => sign.replaceAll('+', '%2B').replaceAll('/', '%2F').replaceAll('=', '%3D');
const unescaped = (sign) =>
  sign.replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '=');

/** How a signature is read from a vector of each file, and written into one. */
const FILES = {
  'signatures.json': {
    read: ({ sign }) => sign,
    write: (vector, sign) => ({ ...vector, sign }),
  },
  'notifications.json': {
    read: ({ body }) => unescaped(/(?:^|&)sign=([^&]*)/.exec(body)[1].replaceAll(' ', '+')),
    write: (vector, sign) => ({
      ...vector,
      // One body shows a sender who leaves the plus signs of a signature as they are.
      body: vector.body.replace(/((?:^|&)sign=)[^&]*/, (_, name) =>
        name.concat(
          vector.plusEscaped === false ? escaped(sign).replaceAll('%2B', '+') : escaped(sign),
        ),
      ),
      fields: { ...vector.fields, ...(vector.fields.sign === undefined ? {} : { sign }) },
    }),
  },
  'answers.json': {
    read: ({ base64 }) =>
      /<sign>([^<]*)<\/sign>/.exec(Buffer.from(base64, 'base64').toString('latin1'))?.[1],
    write: (vector, sign) => ({
      ...vector,
      base64: Buffer.from(
        Buffer.from(vector.base64, 'base64')
          .toString('latin1')
          .replace(/<sign>[^<]*<\/sign>/, () => `<sign>${sign}</sign>`),
        'latin1',
      ).toString('base64'),
    }),
  },
};

let doubted = 0;
for (const [file, { read, write }] of Object.entries(FILES)) {
  const content = JSON.parse(readFileSync(join(here, file), 'utf8'));
  const vectors = content.vectors.map((vector) => {
    if (vector.signedText === undefined) return vector; // an unsigned refusal
    if (isCheck) {
      if (!isGood(vector, read(vector))) {
        doubted += 1;
        console.log(`${file}: ${vector.name}`);
      }
      return vector;
    }
    const keyed =
      vector.signType === 'MD5'
        ? vector
        : { ...vector, publicKey: keyFor(vector.signType).publicKey };
    return write(keyed, signatureOf(keyed));
  });
  if (!isCheck)
    writeFileSync(join(here, file), `${JSON.stringify({ ...content, vectors }, null, 2)}\n`);
}
rmSync(work, { recursive: true });
if (isCheck)
  console.log(doubted === 0 ? 'openssl agrees with every signature' : `${doubted} doubted`);
process.exitCode = doubted === 0 ? 0 : 1;
