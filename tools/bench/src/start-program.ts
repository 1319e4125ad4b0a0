import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** A program of ours in a process of its own, which ends when we end. */
export interface Program {
  readonly pid: number;
  readonly url: string;
  close(): Promise<void>;
  /** SIGKILL, without a word; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks over the channel, and resolves with the next answer. One question at a time. */
  ask(question?: object): Promise<unknown>;
}

const readyWithinMs = 60_000;
const stopWithinMs = 20_000;

/** Starts a program that says `ready` with its URL over the channel, and waits for that. */
export async function startProgram(
  path: string,
  how: { readonly env: Readonly<Record<string, string>>; readonly logFile: string },
): Promise<Program> {
  const log = openSync(how.logFile, 'a', 0o600);
  // Nothing of our own environment: what is measured must not depend on who measures.
  const child = fork(path, {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...how.env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  try {
    const url = await untilReady(child, ended);
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    const ask = (question: object = { type: 'ask' }): Promise<unknown> =>
      new Promise((resolve, reject) => {
        child.once('message', resolve);
        child.send(question);
        void ended.then(() => {
          reject(
            new Error(
              `${basename(path)} ended before it answered. Its last words:\n${lastWordsIn(how.logFile)}`,
            ),
          );
        });
      });
    return { pid: child.pid ?? 0, url, close: () => stop(child, ended), kill, ask };
  } catch (error) {
    await stop(child, ended);
    throw new Error(
      `${basename(path)} does not start. Its last words:\n${lastWordsIn(how.logFile)}`,
      { cause: error },
    );
  }
}

function lastWordsIn(logFile: string): string {
  return readFileSync(logFile, 'utf8').slice(-2_000);
}

function untilReady(child: ChildProcess, ended: Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`It was not ready within ${readyWithinMs} ms.`));
    }, readyWithinMs);
    child.once('error', reject);
    child.on('message', (message: unknown) => {
      const url = urlIn(message);
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    void ended.then(() => {
      clearTimeout(timer);
      reject(new Error('It ended.'));
    });
  });
}

function urlIn(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null || !('url' in message)) return undefined;
  return typeof message.url === 'string' ? message.url : undefined;
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  await ended;
  clearTimeout(timer);
}
