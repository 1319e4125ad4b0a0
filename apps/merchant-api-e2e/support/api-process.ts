import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { openLeakWatch } from '@countersign/postgres';

import { KEY_MATERIAL, merchantEnvironment, TOKEN } from './keys';
import { assertNoLeaks } from './secrets';
import { within } from './wait-for';

/** The API as `npm start` runs it, in a process of its own that can be killed. */
export interface ApiProcess {
  readonly pid: number;
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** The end of what it has written to its standard output and its error output. */
  output(): string;
  isRunning(): boolean;
  /** kill -9: it gets no time for anything. */
  kill(): Promise<void>;
  /** SIGTERM: it finishes what is under way. */
  stop(): Promise<void>;
}

export interface ApiProcessOptions {
  /** Over the configuration of these journeys; it has to name DATABASE_URL. */
  readonly env: Readonly<Record<string, string>>;
  /** A file, such as `/dev/full`, that takes the standard output; by default it is kept for `output`. */
  readonly stdout?: string;
}

const MAIN = resolve(__dirname, '../../merchant-api/src/main.ts');
const READY_WITHIN_MS = 60_000;
const OUTPUT_KEPT = 1_000_000;

/** Starts the API from its sources, and waits until it says that it is ready. */
export async function startApiProcess({ env, stdout }: ApiProcessOptions): Promise<ApiProcess> {
  const file = stdout === undefined ? undefined : openSync(stdout, 'a');
  // Nothing of the test's own environment: NODE_OPTIONS of a test run is not the product's.
  const child = fork(MAIN, {
    execArgv: [
      '--conditions=@countersign/source',
      '--require',
      join(__dirname, 'register-sources.cjs'),
    ],
    env: { PATH: process.env['PATH'], ...usualEnvironment(), ...env },
    stdio: ['ignore', file ?? 'pipe', 'pipe', 'ipc'],
  });
  if (file !== undefined) closeSync(file);
  child.on('error', () => undefined); // it is gone, which whoever waits for it hears
  const { output, leaks } = collectOutput(child);
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    await end(child, signal);
    assertNoLeaks(leaks());
  };
  const kill = (): Promise<void> => stop('SIGKILL');
  try {
    const url = await within('the API is ready', READY_WITHIN_MS, ready(child));
    return {
      pid: child.pid ?? 0,
      url,
      output,
      isRunning: () => isRunning(child),
      kill,
      stop: () => stop('SIGTERM'),
    };
  } catch (error) {
    await kill();
    throw new Error(`The API does not start. Its last words:\n${output().slice(-2_000)}`, {
      cause: error,
    });
  }
}

/** A gateway that nobody needs: what these processes are asked is between Alipay and the database. */
const NO_GATEWAY = 'http://127.0.0.1:9/gateway.do';

function usualEnvironment(): Record<string, string> {
  return {
    PORT: '0',
    ALIPAY_GATEWAY_URL: NO_GATEWAY,
    GATEWAY_TIMEOUT_MS: '1000',
    AUTH_DEMO_TOKEN: TOKEN,
    LOG_LEVEL: 'info',
    ...merchantEnvironment('RSA2'),
  };
}

function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: { readonly type?: string; readonly url?: string }) => {
      if (message.type === 'ready' && message.url !== undefined) resolve(message.url);
    });
    child.once('exit', (code, signal) => {
      reject(new Error(`It ended (${signal ?? code ?? 'no exit code'}).`));
    });
  });
}

interface Output {
  readonly output: () => string;
  /** Every secret that stands in it, also in what is not kept any more. */
  readonly leaks: () => string[];
}

function collectOutput({ stdout, stderr }: ChildProcess): Output {
  const watch = openLeakWatch();
  watch.close(); // its sockets are in another process
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-OUTPUT_KEPT);
      watch.printed(chunk);
      if (process.env['E2E_LOG'] !== undefined) process.stderr.write(chunk);
    });
  }
  return {
    output: () => text,
    leaks: () => watch.leaks({ 'a key': KEY_MATERIAL, "the demo's token": [TOKEN] }),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
