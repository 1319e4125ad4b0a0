import { generateKeyPairSync } from 'node:crypto';

import { encodeAnswer } from '../answer';
import { encodeNotification } from '../notification';
import { encodeRequest } from '../request';
import { createSigner } from '../sign-fields';
import { explainSignature } from './explain-signature.command';

const MD5_KEY = '10000000000000000000000000000000';

function pair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

const ours = pair();
const alipays = pair();
const signer = createSigner({ signType: 'RSA2', privateKey: alipays.privateKey });
const ENV = {
  ALIPAY_SIGN_TYPE: 'RSA2',
  ALIPAY_PUBLIC_KEY: alipays.publicKey,
  ALIPAY_PRIVATE_KEY: ours.privateKey,
};
const PAID = { notify_id: 'n1', trade_status: 'TRADE_SUCCESS', subject: '凍檸茶' };

/** What the command says of a message that comes through a pipe. */
async function explain(
  message: string | Buffer,
  { args = [], env = ENV }: { args?: string[]; env?: Record<string, string> } = {},
) {
  const printed: string[] = [];
  const complained: string[] = [];
  const exitCode = await explainSignature(args, {
    env,
    readFile: (path) => Buffer.from(path === 'key file' ? alipays.publicKey : ''),
    readInput: () => Promise.resolve(Buffer.from(message)),
    print: (line) => printed.push(line),
    complain: (line) => complained.push(line),
  });
  const all = [...printed, ...complained].join('\n');
  for (const secret of [
    ours.privateKey.slice(100, 140),
    alipays.privateKey.slice(100, 140),
    MD5_KEY,
  ]) {
    expect(all).not.toContain(secret);
  }
  return { exitCode, printed: printed.join('\n'), complained: complained.join('\n') };
}

test('a good notification is good, also with the line end that an editor adds', async () => {
  const { body } = encodeNotification(PAID, signer);

  for (const message of [body, `${body.toString()}\r\n`]) {
    const { exitCode, printed } = await explain(message);
    expect(exitCode).toBe(0);
    expect(printed).toContain('notify_id=n1&subject=凍檸茶&trade_status=TRADE_SUCCESS');
    expect(printed).toContain('The signature is good.');
  }
});

test('a good answer in GBK is good, as the product would read it', async () => {
  const bytes = encodeAnswer({ result_code: 'SUCCESS', detail: '凍檸茶' }, signer, {
    charset: 'GBK',
  });

  expect(await explain(bytes)).toMatchObject({
    exitCode: 0,
    printed: expect.stringContaining('detail=凍檸茶') as string,
  });
});

test('an answer that was changed into another charset on the way is told so', async () => {
  const bytes = encodeAnswer({ result_code: 'SUCCESS', detail: '凍檸茶' }, signer, {
    charset: 'GBK',
  });
  const saved = Buffer.from(
    new TextDecoder('gbk').decode(bytes).replace('encoding="GBK"', 'encoding="UTF-8"'),
  );

  const { exitCode, printed } = await explain(saved);

  expect(exitCode).toBe(1);
  expect(printed).toContain('Wrong charset: the signature fits the text in GBK, not in UTF-8.');
});

test('a public key of ours where Alipay’s belongs is told so', async () => {
  const { body } = encodeNotification(PAID, signer);

  const { exitCode, printed } = await explain(body, {
    env: { ...ENV, ALIPAY_PUBLIC_KEY: ours.publicKey },
  });

  expect(exitCode).toBe(1);
  expect(printed).toContain('Our own public key is configured where Alipay’s public key belongs.');
});

describe('a request of ours', () => {
  const request = encodeRequest(
    { service: 'alipay.acquire.cancel', partner: '2088000000000001' },
    createSigner({ signType: 'RSA2', privateKey: ours.privateKey }),
    { gatewayUrl: 'https://mapi.alipay.com/gateway.do' },
  );

  test('is checked with the public half of our key, its body under the address it was posted to', async () => {
    const args = ['--request', '--url', request.url];

    expect(await explain(request.body ?? '', { args })).toMatchObject({ exitCode: 0 });
    expect(
      await explain(`${request.url}&${request.body ?? ''}`, { args: ['--request'] }),
    ).toMatchObject({ exitCode: 0 });
  });

  test('without its address lacks the charset that was signed', async () => {
    const { exitCode, printed } = await explain(request.body ?? '', { args: ['--request'] });

    expect(exitCode).toBe(1);
    expect(printed).toContain('_input_charset=UTF-8 was signed but is missing here');
  });

  test('with MD5 is checked with the one key there is', async () => {
    const md5 = encodeRequest(
      { service: 'alipay.acquire.cancel' },
      createSigner({ signType: 'MD5', md5Key: MD5_KEY }),
      { gatewayUrl: 'https://mapi.alipay.com/gateway.do', method: 'GET' },
    );

    expect(
      await explain(md5.url, {
        args: ['--request'],
        env: { ALIPAY_SIGN_TYPE: 'MD5', ALIPAY_MD5_KEY: MD5_KEY },
      }),
    ).toMatchObject({ exitCode: 0 });
  });
});

test('for machines it is one object', async () => {
  const { body } = encodeNotification(PAID, signer);
  const cut = body.toString().replace('n1', 'n2');

  const { exitCode, printed } = await explain(cut, { args: ['--json'] });

  expect(exitCode).toBe(1);
  expect(JSON.parse(printed)).toMatchObject({
    kind: 'notification',
    verifies: false,
    signedText: 'notify_id=n2&subject=凍檸茶&trade_status=TRADE_SUCCESS',
    findings: [{ cause: expect.stringContaining('the content was changed') as string }],
  });
});

test('an unsigned refusal has no signature to explain', async () => {
  const { exitCode, printed } = await explain(encodeAnswer({ error: 'ILLEGAL_SIGN' }));

  expect(exitCode).toBe(1);
  expect(printed).toContain('refused with ILLEGAL_SIGN, unsigned');
});

test.each([
  ['nothing at all', '', ENV, 'the message is empty'],
  ['no XML', '<alipay><is', ENV, 'ALIPAY_MALFORMED_MESSAGE'],
  ['a field twice', 'a=1&a=2&sign=x', ENV, 'ALIPAY_MALFORMED_MESSAGE'],
  ['no key', 'a=1&sign=x', { ALIPAY_SIGN_TYPE: 'RSA' }, 'set ALIPAY_PUBLIC_KEY (or'],
  ['no sign type', 'a=1&sign=x', {}, 'set ALIPAY_SIGN_TYPE'],
  ['no such sign type', 'a=1&sign=x', { ALIPAY_SIGN_TYPE: 'DSA' }, 'MD5, RSA or RSA2'],
  [
    'a private key for Alipay’s',
    'a=1&sign=x',
    { ...ENV, ALIPAY_PUBLIC_KEY: ours.privateKey },
    'ALIPAY_KEY_INVALID',
  ],
] as const)('with %s it could not be checked, and says why', async (_, message, env, reason) => {
  const { exitCode, complained } = await explain(message, { env });

  expect(exitCode).toBe(2);
  expect(complained).toContain(reason);
});

test('a key may stand in a file, and help and slips of the keyboard are answered', async () => {
  const { body } = encodeNotification(PAID, signer);
  const fromFile = { ALIPAY_SIGN_TYPE: 'RSA2', ALIPAY_PUBLIC_KEY_FILE: 'key file' };

  expect(await explain(body, { env: fromFile })).toMatchObject({ exitCode: 0 });
  expect((await explain('', { args: ['--help'] })).printed).toContain('Exit code: 0');
  expect(await explain('', { args: ['--jsn'] })).toMatchObject({
    exitCode: 2,
    complained: expect.stringContaining("'--jsn'") as string,
  });
});
