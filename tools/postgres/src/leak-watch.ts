import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Socket } from 'node:net';

/** Keeps everything that a program of this process logs and answers, to look for secrets in it. */
export interface LeakWatch {
  /** What the server at this port sends from now on, over HTTP and WebSocket, is kept. */
  watchServer(port: number): void;
  /** A line of the log, as it is printed. */
  readonly printed: (line: string) => void;
  /** Every secret that left, by what it is and what stood around it; nothing when all is well. */
  leaks(secrets: Readonly<Record<string, readonly string[]>>): string[];
  close(): void;
}

/** Known by their form, wherever they come from. */
const FORMS: Readonly<Record<string, RegExp>> = {
  'an API key': /cs_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}/g,
  'a token of an identity provider': /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g,
  'the token of a notification address': /\/alipay\/notifications\/[\w-]{20,}/g,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/g,
};
const shownAround = 60;

export function openLeakWatch(): LeakWatch {
  const ports = new Set<number>();
  const lines: string[] = [];
  const sent = new Map<Socket, Buffer[]>();

  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort === undefined || !ports.has(socket.localPort)) return;
    const chunks: Buffer[] = [];
    sent.set(socket, chunks);
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      const [chunk, encoding] = args;
      chunks.push(
        typeof chunk === 'string'
          ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
          : Buffer.from(chunk as Uint8Array),
      );
      return write(...args);
    };
  };
  subscribe(SOCKETS, onSocket);

  return {
    watchServer: (port) => {
      ports.add(port);
    },
    printed: (line) => {
      lines.push(line);
    },
    leaks: (secrets) => {
      const answers = [...sent.values()].map((chunks) => Buffer.concat(chunks).toString('latin1'));
      return [
        ...found('the log', lines.join(''), secrets),
        ...found('an answer', withoutHandedOut(answers.join('\n')), secrets),
      ];
    },
    close: () => {
      unsubscribe(SOCKETS, onSocket);
    },
  };
}

const SOCKETS = 'net.server.socket';

/**
 * What is handed out on purpose, once: a new key's secret to whoever made it, and the page that fills
 * the demo's token in for a person at this machine.
 */
function withoutHandedOut(answers: string): string {
  return answers
    .replace(/<!doctype html>[^]*?<\/html>/gi, '')
    .replace(/("secret":")cs_\w+(")/g, '$1$2');
}

function found(
  where: string,
  text: string,
  secrets: Readonly<Record<string, readonly string[]>>,
): string[] {
  const places: [what: string, at: number][] = [];
  for (const [what, form] of Object.entries(FORMS)) {
    for (const { index } of text.matchAll(form)) places.push([what, index]);
  }
  for (const [what, values] of Object.entries(secrets)) {
    for (const value of values.filter((one) => one !== '')) {
      const at = text.indexOf(value);
      if (at >= 0) places.push([what, at]);
    }
  }
  return places.map(([what, at]) => {
    const around = text.slice(Math.max(0, at - shownAround), at + shownAround);
    return `${what} in ${where}: …${around.replace(/\s+/g, ' ')}…`;
  });
}
