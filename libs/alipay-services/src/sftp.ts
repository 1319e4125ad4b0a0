import { createHash, timingSafeEqual } from 'node:crypto';

import { Secret } from '@countersign/alipay-protocol';
import { Client, type SFTPWrapper, utils } from 'ssh2';

/**
 * Alipay's file server, for the daily statements. Apart from the rest of this package because it
 * needs an SSH library, `ssh2`, which whoever only signs and calls does not install.
 */
export interface StatementServer {
  /** The files that lie there now. */
  list(): Promise<readonly StatementListing[]>;
  /** A whole file as a stream, or null when there is none (yet). */
  open(fileName: string): Promise<AsyncIterable<Uint8Array> | null>;
}

/** How the server lists a file: one that was written anew has another size, or another time. */
export interface StatementListing {
  readonly name: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

export interface StatementServerOptions {
  /** `sftp://user@host:22/folder`. */
  readonly url: string;
  readonly password: string | Secret;
  /** The one host key that is accepted: `SHA256:…` as `ssh-keygen -l` prints it, or `ssh-… AAAA…`. */
  readonly hostKey: string;
  /** How long connecting, and each step after it, may take (20 s). */
  readonly timeoutMs?: number;
}

const PORT = 22;
const TIMEOUT_MS = 20_000;
const FILE_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

interface Entry {
  readonly filename: string;
  readonly attrs: { readonly size: number; readonly mtime: number };
}

/** Opens a connection for each question: files are asked for a few times a day. */
export function createStatementServer(options: StatementServerOptions): StatementServer {
  const url = new URL(options.url);
  const folder = decodeURIComponent(url.pathname).replace(/\/+$/, '') || '.';
  return {
    list: () =>
      withSftp(options, url, async (sftp) => {
        const entries = await ask<readonly Entry[]>((done) => {
          sftp.readdir(folder, done);
        });
        return entries.map(({ filename, attrs }) => ({
          name: filename,
          size: attrs.size,
          modifiedAt: new Date(attrs.mtime * 1000),
        }));
      }),
    open: async (fileName) => {
      if (!FILE_NAME.test(fileName)) throw new Error('this is no name of a statement file');
      const path = `${folder}/${fileName}`;
      const size = await withSftp(options, url, (sftp) => sizeOf(sftp, path));
      return size === null ? null : read(options, url, { path, size });
    },
  };
}

/** Reads to the end and proves it: a file that grew or shrank meanwhile was not whole. */
async function* read(
  options: StatementServerOptions,
  url: URL,
  { path, size }: { readonly path: string; readonly size: number },
): AsyncGenerator<Uint8Array> {
  const connection = await connect(options, url);
  const inTime = stepsOf(connection, options);
  try {
    const sftp = await inTime(openSftp(connection));
    const chunks = sftp.createReadStream(path)[Symbol.asyncIterator]();
    let length = 0;
    for (;;) {
      const next = await inTime(chunks.next());
      if (next.done === true) break;
      const chunk = next.value as Buffer;
      length += chunk.length;
      yield chunk;
    }
    const sizeNow = await inTime(sizeOf(sftp, path));
    if (length !== size || sizeNow !== size) {
      throw new Error(`${path} was not whole: ${length} bytes of ${sizeNow ?? 'none'} were read`);
    }
  } finally {
    connection.end();
  }
}

async function withSftp<Result>(
  options: StatementServerOptions,
  url: URL,
  work: (sftp: SFTPWrapper) => Promise<Result>,
): Promise<Result> {
  const connection = await connect(options, url);
  const inTime = stepsOf(connection, options);
  try {
    return await inTime(work(await inTime(openSftp(connection))));
  } finally {
    connection.end();
  }
}

/**
 * Ends the connection where a step takes too long, and with it whoever waits for an answer. That nothing came
 * over the line is not enough: an SSH server may keep it alive whose file server hangs.
 */
function stepsOf(
  connection: Client,
  { timeoutMs = TIMEOUT_MS }: StatementServerOptions,
): <Answer>(step: Promise<Answer>) => Promise<Answer> {
  return async (step) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        connection.destroy();
        reject(new Error(`the file server did not answer within ${timeoutMs} ms`));
      }, timeoutMs);
    });
    try {
      return await Promise.race([step, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function connect(options: StatementServerOptions, url: URL): Promise<Client> {
  const { password, hostKey, timeoutMs = TIMEOUT_MS } = options;
  const connection = new Client();
  return new Promise((resolve, reject) => {
    let refused: Error | undefined;
    connection.once('ready', () => {
      resolve(connection);
    });
    // Also after it is ready: whoever waits for an answer then gets an error of its own.
    connection.on('error', (error) => {
      reject(refused ?? error);
    });
    // A server that falls silent is left: whoever waits for its next byte hears of an error.
    connection.on('timeout', () => {
      connection.destroy();
    });
    connection.once('close', () => {
      reject(refused ?? new Error('the file server closed the connection'));
    });
    connection.connect({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? PORT : Number(url.port),
      username: decodeURIComponent(url.username),
      password: password instanceof Secret ? password.reveal() : password,
      readyTimeout: timeoutMs,
      timeout: timeoutMs,
      hostVerifier: (key: Buffer) => {
        if (isPinned(key, hostKey)) return true;
        refused = new Error(
          `the file server shows another host key than the pinned one: ${fingerprintOf(key)}`,
        );
        return false;
      },
    });
  });
}

function openSftp(connection: Client): Promise<SFTPWrapper> {
  return ask((done) => {
    connection.sftp(done);
  });
}

async function sizeOf(sftp: SFTPWrapper, path: string): Promise<number | null> {
  try {
    const { size } = await ask<{ size: number }>((done) => {
      sftp.stat(path, done);
    });
    return size;
  } catch (error) {
    if ((error as { code?: number }).code === utils.sftp.STATUS_CODE.NO_SUCH_FILE) return null;
    throw error;
  }
}

function ask<Answer>(
  question: (done: (error: Error | undefined, answer: Answer) => void) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    question((error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

/** Whether it is the one key that was pinned, however it was written down. */
function isPinned(key: Buffer, pinned: string): boolean {
  const [kind = '', base64 = ''] = pinned.trim().split(/\s+/);
  const expected = kind.startsWith('SHA256:')
    ? kind.replace(/=+$/, '')
    : fingerprintOf(Buffer.from(base64, 'base64'));
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(fingerprintOf(key)), digest(expected));
}

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
