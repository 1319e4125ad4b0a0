import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';

import { createSigner, encodeNotification, type Fields } from '@countersign/alipay-protocol';

import { signer } from './support/gateway';
import { type Counter, findPayment, openCounter, paymentFields, post } from './support/shop';
import { type Stack, startStack } from './support/stack';
import { until } from './support/until';

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
}, 60_000);
afterAll(() => stack.close());

interface Raw {
  readonly method?: string;
  readonly contentType?: string;
  readonly body: Buffer;
  /** Sent one by one. */
  readonly chunkBytes?: number;
}

function send(url: string, { method = 'POST', contentType, body, chunkBytes }: Raw) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = httpRequest(
      url,
      { method, headers: contentType === undefined ? {} : { 'content-type': contentType } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      },
    );
    request.on('error', reject);
    const size = chunkBytes ?? Math.max(body.length, 1);
    for (let at = 0; at < body.length; at += size) request.write(body.subarray(at, at + size));
    request.end();
  });
}

/** Sends bytes as they are, and answers with all that comes back until the server ends. */
function exchange(at: { host: string; port: number }, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(at, () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', () => {
      resolve(Buffer.concat(chunks).toString());
    });
    socket.on('error', reject);
  });
}

async function rowsOf(fields: Fields): Promise<Record<string, unknown>[]> {
  return stack.database.run(
    `select status, qr_code_id from notifications where notify_id = '${fields['notify_id'] ?? ''}'`,
  );
}

describe('is refused with 400 fail', () => {
  const otherSigner = createSigner({ signType: 'MD5', md5Key: 'f'.repeat(32) });
  const rsaLike = { ...paymentFields(), sign_type: 'RSA2', sign: 'AAAA' };

  test.each([
    ['another key', encodeNotification(paymentFields(), otherSigner).body],
    ['no signature', Buffer.from(new URLSearchParams(paymentFields()).toString())],
    ['another sign type', Buffer.from(new URLSearchParams(rsaLike).toString())],
    ['no form', Buffer.from('{"trade_no": 1}')],
    ['nothing', Buffer.alloc(0)],
    ['half a character', Buffer.from('a=%E7%B1&sign=x')],
    ['bytes of no text', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x3d])],
  ])('a message with %s', async (_, body) => {
    const answer = await send(counter.notifyUrl, {
      body,
      contentType: 'application/x-www-form-urlencoded',
    });

    expect(answer).toEqual({ status: 400, text: 'fail' });
  });

  test.each([
    undefined,
    '',
    'text/plain',
    ';;;',
    'application/json; charset=klingon',
    '中'.repeat(3),
  ])('an unsigned message with the content type %j', async (contentType) => {
    const body = Buffer.from(new URLSearchParams(paymentFields()).toString());

    const answer = await send(counter.notifyUrl, {
      body,
      ...(contentType === undefined
        ? {}
        : { contentType: Buffer.from(contentType).toString('latin1') }),
    });

    expect(answer).toEqual({ status: 400, text: 'fail' });
  });
});

test('what does not verify is kept at a known address only', async () => {
  const strange = Buffer.from(`a=${Math.random()}&sign=x`);
  const known = Buffer.from(`b=${Math.random()}&sign=x`);

  await send(`${stack.api.url}/alipay/notifications/${'A'.repeat(43)}`, { body: strange });
  await send(`${stack.api.url}/alipay/notifications`, { body: strange });
  await send(counter.notifyUrl, { body: known });

  const kept = await stack.database.run(
    `select encode(body, 'escape') as body from notifications where status = 'REFUSED'`,
  );
  expect(kept).toContainEqual({ body: known.toString() });
  expect(kept).not.toContainEqual({ body: strange.toString() });
});

test('a verified message at an unknown address is acknowledged, and waits in quarantine', async () => {
  const fields = paymentFields();

  const answer = await post(`${stack.api.url}/alipay/notifications/${'A'.repeat(43)}`, fields);

  expect(answer).toEqual({ status: 200, text: 'success' });
  await until('quarantine', async () => (await rowsOf(fields))[0]?.['status'] === 'QUARANTINED');
  expect(await findPayment(stack, fields['trade_no'] ?? '')).toBeNull();
});

test.each(['GET', 'PUT', 'DELETE'])('%s is not how Alipay posts', async (method) => {
  const answer = await send(counter.notifyUrl, { method, body: Buffer.alloc(0) });

  expect(answer).toEqual({ status: 405, text: 'fail' });
});

test('a body above 64 kB is refused, announced or not', async () => {
  const long = Buffer.alloc(64 * 1024 + 1, 'a');

  const announced = await fetch(counter.notifyUrl, { method: 'POST', body: long });
  const streamed = await send(counter.notifyUrl, { body: long, chunkBytes: 16 * 1024 });

  expect(announced.status).toBe(413);
  expect(streamed).toEqual({ status: 413, text: 'fail' });
});

test('a message of just under 64 kB is taken', async () => {
  const fields = paymentFields({ memo: 'm'.repeat(60_000) });

  expect(await post(counter.notifyUrl, fields)).toEqual({ status: 200, text: 'success' });
});

test('bytes that arrive one by one are the same message', async () => {
  const fields = paymentFields();
  const { body, contentType } = encodeNotification(fields, signer);

  const answer = await send(counter.notifyUrl, { body, contentType, chunkBytes: 1 });

  expect(answer).toEqual({ status: 200, text: 'success' });
  await until('the payment', () => findPayment(stack, fields['trade_no'] ?? ''));
});

test('GBK is read as GBK, with and without a letter of the charset in upper case', async () => {
  const fields = paymentFields({ subject: '米加咖啡店' });
  const { body } = encodeNotification(fields, signer, { charset: 'GBK' });

  const answer = await send(counter.notifyUrl, {
    body,
    contentType: 'application/x-www-form-urlencoded; charset=gbk',
  });

  expect(answer).toEqual({ status: 200, text: 'success' });
  await until('the payment', () => findPayment(stack, fields['trade_no'] ?? ''));
});

test('any content type will do as long as the signature is right', async () => {
  const fields = paymentFields();
  const { body } = encodeNotification(fields, signer);

  expect(await send(counter.notifyUrl, { body, contentType: 'text/html' })).toEqual({
    status: 200,
    text: 'success',
  });
});

test('fifty copies at once are one message, each answered success', async () => {
  const fields = paymentFields();

  const answers = await Promise.all(
    Array.from({ length: 50 }, () => post(counter.notifyUrl, fields)),
  );

  expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['success']));
  expect(await rowsOf(fields)).toHaveLength(1);
});

test('messages that follow one another on a connection, however they are framed, are each answered for what they are', async () => {
  const whole = paymentFields();
  const inChunks = paymentFields();
  const expected = paymentFields();
  const last = paymentFields();
  const { hostname, port, pathname } = new URL(counter.notifyUrl);
  const bodyOf = (fields: Fields): Buffer => encodeNotification(fields, signer).body;
  const head = (...lines: readonly string[]): string =>
    [`POST ${pathname} HTTP/1.1`, `Host: ${hostname}:${port}`, ...lines, '', ''].join('\r\n');
  const sized = (body: Buffer, ...lines: readonly string[]): Buffer =>
    Buffer.concat([Buffer.from(head(...lines, `Content-Length: ${body.length}`)), body]);
  const chunk = (bytes: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`${bytes.length.toString(16)};name=value\r\n`),
      bytes,
      Buffer.from('\r\n'),
    ]);
  const [body, cut] = [bodyOf(inChunks), 100];

  const answers = await exchange(
    { host: hostname, port: Number(port) },
    Buffer.concat([
      sized(bodyOf(whole), 'Content-Type: text/plain', 'Content-Type: a/b; charset=GBK'),
      Buffer.from('\r\n'), // what old clients add to a body, and do not count
      Buffer.from(head('Transfer-Encoding: chunked', 'Trailer: total_fee')),
      chunk(body.subarray(0, cut)),
      chunk(body.subarray(cut)),
      Buffer.from('0\r\ntotal_fee: 99.00\r\n\r\n'),
      sized(Buffer.concat([bodyOf(paymentFields()), Buffer.from('\r\n')])),
      sized(bodyOf(expected), 'Expect: 100-continue'),
      sized(bodyOf(last), 'Connection: close'),
    ]),
  );

  expect(answers.replace(/HTTP\/1.1 100 Continue\r\n\r\n/g, '').match(/success|fail/g)).toEqual([
    ...['success', 'success', 'fail', 'success', 'success'],
  ]);
  for (const fields of [whole, inChunks, expected, last]) {
    expect(await rowsOf(fields)).toMatchObject([{ qr_code_id: expect.any(String) as string }]);
  }
});

test('a message whose length is told in two ways is not taken, nor what follows it', async () => {
  const fields = paymentFields();
  const { hostname, port, pathname } = new URL(counter.notifyUrl);
  const { body } = encodeNotification(fields, signer);
  const head = (...lines: readonly string[]): string =>
    [`POST ${pathname} HTTP/1.1`, `Host: ${hostname}`, ...lines, '', ''].join('\r\n');

  for (const lengths of [
    [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'],
    [`Content-Length: ${body.length}`, 'Content-Length: 4'],
    ['Transfer-Encoding: gzip, chunked, identity'],
  ]) {
    const answers = await exchange(
      { host: hostname, port: Number(port) },
      Buffer.concat([Buffer.from(head(...lengths)), body, body]),
    );

    expect(answers).not.toContain('success');
  }
  expect(await rowsOf(fields)).toEqual([]);
});

test('success is said only after the commit', async () => {
  const fields = paymentFields();

  await post(counter.notifyUrl, fields);

  expect(await rowsOf(fields)).toHaveLength(1);
});

test('the token of an address stands in no log', () => {
  const token = counter.notifyUrl.split('/').at(-1) ?? '';

  expect(token).toHaveLength(43);
  expect(JSON.stringify(stack.log.lines)).not.toContain(token);
});

test('without a database a message is answered 503 fail, and is taken when it is back', async () => {
  const fields = paymentFields();
  await stack.database.takeAway();

  const away = await post(counter.notifyUrl, fields);
  const ready = await fetch(`${stack.api.url}/readyz`);
  await stack.database.giveBack();
  const back = await until('success', async () => {
    const answer = await post(counter.notifyUrl, fields);
    return answer.text === 'success' && answer;
  });

  expect(away).toEqual({ status: 503, text: 'fail' });
  expect(ready.status).toBe(503);
  expect(back.status).toBe(200);
  await until('the payment', () => findPayment(stack, fields['trade_no'] ?? ''));
}, 60_000);
