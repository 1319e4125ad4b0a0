import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  createSigner,
  createVerifier,
  decodeAnswer,
  decodeNotification,
  type Fields,
  signedText,
  signFields,
  type SignType,
  verifyFields,
} from './index';

interface Keyed {
  readonly name: string;
  readonly signType: SignType;
  readonly md5Key?: string;
  readonly publicKey?: string;
}

interface SignatureVector extends Keyed {
  readonly charset: 'UTF-8' | 'GBK';
  readonly fields: Fields;
  readonly signedText: string;
  readonly sign: string;
}

interface AnswerVector extends Keyed {
  readonly contentType?: string;
  readonly base64: string;
  readonly fields?: Fields;
  readonly code?: string;
}

interface NotificationVector extends Keyed {
  readonly contentType: string;
  readonly body: string;
  readonly fields: Fields;
}

/** Those that are committed, or those that a merchant has recorded: `VECTORS=first-day npx jest …`. */
const folder = process.env['VECTORS'] ?? join(__dirname, '..', 'vectors');

function read<Vector>(file: string): Vector[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return (JSON.parse(text) as { vectors: Vector[] }).vectors;
}

function verifierOf({ signType, md5Key = '', publicKey = '' }: Keyed) {
  return signType === 'MD5'
    ? createVerifier({ signType, md5Key })
    : createVerifier({ signType, publicKey });
}

const signatures = read<SignatureVector>('signatures.json');

describe('signatures', () => {
  test.each(signatures)('$name: the signed text', (vector) => {
    expect(signedText(vector.fields)).toBe(vector.signedText);
  });

  test.each(signatures)('$name: $signType verifies', (vector) => {
    const { sign, charset, fields } = vector;

    expect(
      verifyFields({ ...fields, sign_type: vector.signType, sign }, verifierOf(vector), {
        charset,
      }),
    ).toEqual({
      ...fields,
      sign_type: vector.signType,
      sign,
    });
  });

  test.each(signatures)('$name: another value does not', (vector) => {
    const [name = ''] = Object.keys(vector.fields);
    const changed = { ...vector.fields, [name]: `${vector.fields[name] ?? ''}x` };

    expect(() =>
      verifyFields(
        { ...changed, sign_type: vector.signType, sign: vector.sign },
        verifierOf(vector),
        {
          charset: vector.charset,
        },
      ),
    ).toThrow(expect.objectContaining({ code: 'ALIPAY_SIGNATURE_MISMATCH' }) as Error);
  });

  test.each(signatures.filter(({ signType }) => signType === 'MD5'))(
    '$name: signing again gives the same',
    ({ fields, sign, charset, md5Key = '' }) => {
      expect(signFields(fields, createSigner({ signType: 'MD5', md5Key, charset })).sign).toBe(
        sign,
      );
    },
  );
});

describe('answers', () => {
  test.each(read<AnswerVector>('answers.json'))('$name', (vector) => {
    const answer = decodeAnswer(Buffer.from(vector.base64, 'base64'), {
      contentType: vector.contentType,
      verifier: verifierOf(vector),
    });

    expect(answer).toEqual(
      vector.fields === undefined
        ? { accepted: false, code: vector.code }
        : { accepted: true, fields: vector.fields },
    );
  });
});

describe('notifications', () => {
  test.each(read<NotificationVector>('notifications.json'))('$name', (vector) => {
    const { contentType, fields } = vector;

    expect(
      decodeNotification(Buffer.from(vector.body), { contentType, verifier: verifierOf(vector) }),
    ).toMatchObject(fields);
  });
});

const hasSecondImplementation = ['openssl', 'iconv'].every(
  (program) => spawnSync(program, ['--version']).error === undefined,
);

(hasSecondImplementation ? test : test.skip)('openssl and iconv agree with every signature', () => {
  const script = join(__dirname, '..', 'vectors', 'make-vectors.mjs');

  const { stdout } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });

  expect(stdout).toBe('openssl agrees with every signature\n');
});
