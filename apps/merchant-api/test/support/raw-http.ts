import { connect, type Socket } from 'node:net';

/** Bytes as they are, past every client that would put them right; resolves with all that came back. */
export function exchange(port: number, bytes: string | Buffer, giveUpMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const chunks: Buffer[] = [];
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    const timer = setTimeout(end, giveUpMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', end).on('close', end);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') end();
      else reject(error);
    });
  });
}

/** The status of each answer, in order. */
export function statusesOf(answers: string): number[] {
  return Array.from(answers.matchAll(/^HTTP\/1\.1 (\d{3})/gm), ([, status]) => Number(status));
}

/** A WebSocket whose client does only what a test makes it do: it answers no ping and no farewell. */
export interface RawSocket {
  /** One message of text. */
  send(message: unknown): void;
  /** Of the protocol, not of GraphQL. */
  ping(): void;
  pong(): void;
  /** All messages of text that came. */
  readonly texts: readonly string[];
  /** The code that the server said goodbye with. */
  readonly farewell: Promise<number>;
  /** The server has cut the connection. */
  readonly cut: Promise<void>;
  destroy(): void;
}

export function openRawSocket(
  port: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawSocket> {
  return new Promise((resolve, reject) => {
    const { host = `127.0.0.1:${port}`, ...others } = headers;
    const more = Object.entries(others).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n` +
          `Sec-WebSocket-Protocol: graphql-transport-ws\r\n${more.join('')}\r\n`,
      );
    });
    let received = Buffer.alloc(0);
    let isOpen = false;
    const texts: string[] = [];
    let say: (code: number) => void = () => undefined;
    const farewell = new Promise<number>((said) => {
      say = said;
    });
    const cut = new Promise<void>((gone) => {
      socket.once('close', () => {
        gone();
      });
    });
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!isOpen) {
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        const [status] = statusesOf(received.toString('latin1'));
        if (status !== 101) {
          reject(new Error(`no WebSocket: ${status}`));
          return;
        }
        isOpen = true;
        received = received.subarray(end + 4);
        resolve(rawSocket(socket, texts, farewell, cut));
      }
      received = readFrames(received, {
        text: (text) => texts.push(text),
        close: (code) => {
          say(code);
        },
      });
    });
  });
}

function rawSocket(
  socket: Socket,
  texts: readonly string[],
  farewell: Promise<number>,
  cut: Promise<void>,
): RawSocket {
  socket.on('error', () => undefined);
  return {
    texts,
    farewell,
    cut,
    send: (message) => socket.write(frame(TEXT, Buffer.from(JSON.stringify(message)))),
    ping: () => socket.write(frame(PING, Buffer.alloc(0))),
    pong: () => socket.write(frame(PONG, Buffer.alloc(0))),
    destroy: () => socket.destroy(),
  };
}

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/** Masked with zeros, which is a mask like any other. */
function frame(opcode: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, Buffer.alloc(4), payload]);
}

function readFrames(
  bytes: Buffer,
  take: { text: (text: string) => void; close: (code: number) => void },
): Buffer<ArrayBuffer> {
  let rest = Buffer.from(bytes);
  for (;;) {
    const short = (rest[1] ?? 0) & 0x7f;
    const start = short < 126 ? 2 : 4;
    if (rest.length < start) return rest;
    const length = short < 126 ? short : rest.readUInt16BE(2);
    if (rest.length < start + length) return rest;
    const payload = rest.subarray(start, start + length);
    const opcode = (rest[0] ?? 0) & 0x0f;
    if (opcode === TEXT) take.text(payload.toString());
    if (opcode === CLOSE) take.close(payload.length < 2 ? 1005 : payload.readUInt16BE(0));
    rest = rest.subarray(start + length);
  }
}
