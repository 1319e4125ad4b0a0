import { type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:net';

import { encodeAnswer } from '@countersign/alipay-protocol';
import { Agent, buildConnector, RetryAgent } from 'undici';

import { type AlipayClient, type AlipayClientOptions } from '../src/index';
import {
  bizData,
  clientOf,
  notifyUrl,
  refund,
  refundAnswer,
  signed,
  signer,
} from './client-under-test';
import {
  type Answering,
  cut,
  type GatewayDouble,
  openGatewayDouble,
  page,
  silence,
} from './gateway-double';

let gateway: GatewayDouble;
let backup: GatewayDouble;
const clients: AlipayClient[] = [];

beforeEach(async () => {
  gateway = await openGatewayDouble();
  backup = await openGatewayDouble();
  backup.answer(signed(refundAnswer));
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all([gateway.close(), backup.close()]);
});

function client(
  options: Partial<AlipayClientOptions> = {},
  at: Pick<GatewayDouble, 'url'> = gateway,
) {
  const under = clientOf(at, options);
  clients.push(under.alipay);
  return under;
}

/** An address where nobody listens. */
async function deadAddress(): Promise<{ readonly url: string }> {
  const double = await openGatewayDouble();
  await double.close();
  return double;
}

const lost = { kind: 'UNKNOWN', cause: { code: 'ALIPAY_NO_ANSWER' } };
const unreached = { kind: 'UNKNOWN', cause: { code: 'ALIPAY_UNREACHABLE' } };

describe('one attempt', () => {
  test.each([
    ['a cut connection', cut],
    ['silence', silence],
    ['an answer that ends too early', partly(100)],
    ['an answer that never ends', trickle],
  ])('%s is not repeated, neither there nor at the backup address', async (_what, answer) => {
    gateway.answer(answer);
    // Long enough for the request to arrive, also where other programs hold the machine.
    const { alipay } = client({ backupGatewayUrl: backup.url, timeoutMs: 1_000 });

    const outcome = await alipay.spotRefund(refund);

    expect(outcome).toMatchObject(lost);
    expect(gateway.received).toHaveLength(1);
    expect(backup.received).toHaveLength(0);
  });

  test('a kept-alive connection that the gateway drops does not send the request again', async () => {
    const good = signed(refundAnswer);
    gateway.answer(good, good, good, good, cut, good);
    const { alipay } = client({ backupGatewayUrl: backup.url });

    const outcomes = [];
    for (let n = 0; n < 5; n += 1) outcomes.push(await alipay.spotRefund(refund));

    expect(outcomes.map(({ kind }) => kind)).toEqual([
      ...Array<string>(4).fill('SUCCEEDED'),
      'UNKNOWN',
    ]);
    expect(outcomes.at(-1)).toMatchObject(lost);
    expect(gateway.received).toHaveLength(5);
    expect(gateway.connections()).toBeLessThan(3);
    expect(backup.received).toHaveLength(0);
  });

  test("a host's dispatcher that repeats by itself is stopped", async () => {
    gateway.answer(cut);
    const agent = new Agent();
    const eager = new RetryAgent(agent, { methods: ['POST'], minTimeout: 1, maxRetries: 3 });
    const { alipay } = client({ dispatcher: eager });

    const outcome = await alipay.spotRefund(refund);

    await agent.close();
    expect(outcome).toMatchObject(lost);
    expect(gateway.received).toHaveLength(1);
  });

  test('a redirect is not followed', async () => {
    gateway.answer((response) => {
      response.writeHead(307, { location: backup.url, 'content-type': 'text/xml' }).end('<a/>');
    });

    const outcome = await client().alipay.spotRefund(refund);

    expect(outcome).toMatchObject({ kind: 'UNKNOWN' });
    expect(backup.received).toHaveLength(0);
  });

  test('calls one after another share connections', async () => {
    gateway.answer(signed(refundAnswer));
    const { alipay } = client();

    for (let n = 0; n < 6; n += 1) await alipay.spotRefund(refund);

    // Two, because the pool rests a connection for one turn of the event loop.
    expect(gateway.received).toHaveLength(6);
    expect(gateway.connections()).toBeLessThan(3);
  });
});

describe('limits', () => {
  test('a slow answer ends at the time-out, in time', async () => {
    gateway.answer(silence);
    // Half of it is for the connection, which a busy machine needs.
    const { alipay, reports } = client({ timeoutMs: 600 });

    const outcome = await alipay.spotRefund(refund);

    expect(outcome).toMatchObject({
      ...lost,
      cause: { message: 'the gateway gave no whole answer within 600 ms' },
    });
    expect(reports[0]?.durationMs).toBeLessThan(1_600);
  });

  test('the client says how long a call may take', () => {
    expect(client().alipay.timeoutMs).toBe(10_000);
    expect(client({ timeoutMs: 150 }).alipay.timeoutMs).toBe(150);
  });

  test('bytes that keep coming do not stretch it', async () => {
    gateway.answer(trickle);

    const outcome = await client({ timeoutMs: 600 }).alipay.spotRefund(refund);

    expect(outcome).toMatchObject(lost);
  });

  test('an answer in pieces of one byte, cut within its characters, is read as a whole', async () => {
    const store = '銅鑼灣\u3000甜品店';
    const bytes = encodeAnswer({ ...refundAnswer, store_name: store }, signer, { charset: 'GBK' });
    gateway.answer((response) => {
      response.setHeader('content-type', 'text/xml');
      response.socket?.setNoDelay(true);
      void writeBytes(response, bytes);
    });
    const { alipay, reports } = client();

    expect(await alipay.spotRefund(refund)).toMatchObject({ kind: 'SUCCEEDED' });
    expect(reports[0]?.response).toMatchObject({ store_name: store });
  });

  test.each([
    [
      'with a length',
      (response: Parameters<typeof cut>[0]) => response.end(Buffer.alloc(5000, 'x')),
    ],
    [
      'in pieces',
      (response: Parameters<typeof cut>[0]) => {
        for (let n = 0; n < 50; n += 1) response.write(Buffer.alloc(100, 'x'));
        response.end();
      },
    ],
  ])('an answer of too many bytes, sent %s, is not read on', async (_how, send) => {
    gateway.answer((response) => {
      response.setHeader('content-type', 'text/xml');
      send(response);
    });

    const outcome = await client({ answerBytesMax: 4096 }).alipay.spotRefund(refund);

    expect(outcome).toMatchObject({
      kind: 'UNKNOWN',
      cause: {
        code: 'ALIPAY_ANSWER_UNREADABLE',
        message: "the gateway's answer is larger than 4096 bytes",
      },
    });
  });

  test.each(['the whole client', 'one call'])('the host may give up %s', async (which) => {
    const stop = new AbortController();
    gateway.answer(() => {
      stop.abort();
    });
    const { alipay } = client(which === 'one call' ? {} : { signal: stop.signal });

    const outcome = await alipay.spotRefund(
      refund,
      which === 'one call' ? { signal: stop.signal } : {},
    );

    expect(outcome).toMatchObject({ kind: 'UNKNOWN', cause: { code: 'ALIPAY_CALL_ABANDONED' } });
  });

  test('a call that was given up beforehand is not sent', async () => {
    const { alipay } = client({ signal: AbortSignal.abort(), backupGatewayUrl: backup.url });

    const outcome = await alipay.spotRefund(refund);

    expect(outcome).toMatchObject({ kind: 'UNKNOWN', cause: { code: 'ALIPAY_CALL_ABANDONED' } });
    expect([...gateway.received, ...backup.received]).toHaveLength(0);
  });
});

describe('a gateway that cannot be reached', () => {
  let deaf: Server;

  /** Accepts connections and never finishes the TLS greeting. */
  beforeEach(async () => {
    deaf = createServer((socket) => {
      socket.on('error', () => undefined).resume();
    });
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => new Promise((resolve) => deaf.close(resolve)));

  function deafAddress(): { readonly url: string } {
    const address = deaf.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { url: `https://127.0.0.1:${address.port}/gateway.do` };
  }

  test.each([
    ['refuses', deadAddress],
    ['has no address', () => ({ url: 'http://gateway.invalid/gateway.do' })],
    ['does not finish the greeting', deafAddress],
  ])(
    '%s: unknown without a backup, and the backup answers where there is one',
    async (_how, at) => {
      const first = await at();
      const alone = client({ connectTimeoutMs: 100, timeoutMs: 5000 }, first).alipay;
      const insured = client(
        { connectTimeoutMs: 100, timeoutMs: 5000, backupGatewayUrl: backup.url },
        first,
      ).alipay;

      const outcomes = [await alone.spotRefund(refund), await insured.spotRefund(refund)];

      expect(outcomes).toMatchObject([unreached, { kind: 'SUCCEEDED' }]);
      expect(backup.received).toHaveLength(1);
      expect(backup.received[0]?.url).toBe('/gateway.do?_input_charset=UTF-8');
    },
  );

  test('a connection that comes about too late carries nothing', async () => {
    let connected: () => void;
    const isConnected = new Promise<void>((resolve) => {
      connected = resolve;
    });
    const connect = buildConnector({});
    const slow = new Agent({
      connect: (options, callback) => {
        setTimeout(() => {
          connect(options, (...result) => {
            callback(...result);
            connected();
          });
        }, 60);
      },
    });
    gateway.answer(signed(refundAnswer));
    const { alipay } = client({ dispatcher: slow, connectTimeoutMs: 20 });

    const outcome = await alipay.spotRefund(refund);

    expect(outcome).toMatchObject(unreached);
    await isConnected;
    await slow.close();
    expect(gateway.connections()).toBe(1);
    expect(gateway.received).toHaveLength(0);
  });

  test('of a process that was frozen while it connected nothing leaves late', async () => {
    const connect = buildConnector({});
    const frozen = new Agent({
      connect: (options, callback) => {
        connect(options, (...result) => {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60); // no timer runs meanwhile
          callback(...result);
        });
      },
    });
    gateway.answer(signed(refundAnswer));
    const { alipay } = client({ dispatcher: frozen, connectTimeoutMs: 20 });

    const outcome = await alipay.spotRefund(refund);

    await frozen.close();
    expect(outcome).toMatchObject(unreached);
    expect(gateway.connections()).toBe(1);
    expect(gateway.received).toHaveLength(0);
  });

  test('the backup is given what is left of the time', async () => {
    backup.answer(silence);
    const { alipay, reports } = client(
      { connectTimeoutMs: 100, timeoutMs: 300, backupGatewayUrl: backup.url },
      deafAddress(),
    );

    const outcome = await alipay.spotRefund(refund);

    expect(outcome).toMatchObject(lost);
    expect(reports[0]?.durationMs).toBeLessThan(1300);
  });

  test('a page from the gateway does not send anybody to the backup', async () => {
    gateway.answer(page(503, 'text/html', 'busy'));

    const outcome = await client({ backupGatewayUrl: backup.url }).alipay.qrcodeCreate({
      notifyUrl,
      bizData,
    });

    expect(outcome).toMatchObject({ kind: 'UNKNOWN' });
    expect(backup.received).toHaveLength(0);
  });
});

describe('closing', () => {
  test('a closed client sends nothing any more', async () => {
    const { alipay } = client();
    await alipay.close();

    const outcome = await alipay.spotRefund(refund);

    expect(outcome).toMatchObject(unreached);
    expect(gateway.received).toHaveLength(0);
  });

  test("the host's dispatcher is left open", async () => {
    gateway.answer(signed(refundAnswer));
    const agent = new Agent();
    const first = client({ dispatcher: agent }).alipay;
    await first.close();

    const outcome = await client({ dispatcher: agent }).alipay.spotRefund(refund);

    await agent.close();
    expect(outcome.kind).toBe('SUCCEEDED');
  });
});

/** Promises more bytes than it sends, then hangs up. */
function partly(bytes: number): Answering {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': String(bytes * 2) });
    response.write(Buffer.alloc(bytes, 'x'), () => {
      response.socket?.destroy();
    });
  };
}

/** A byte now and then, for ever. */
function trickle(response: Parameters<typeof cut>[0]): void {
  response.writeHead(200, { 'content-type': 'text/xml' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => {
    clearInterval(timer);
  });
}

/** Each byte in a chunk of its own. */
async function writeBytes(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    await new Promise<void>((resolve) => {
      response.write(Buffer.from([byte]), () => {
        resolve();
      });
    });
  }
  response.end();
}
