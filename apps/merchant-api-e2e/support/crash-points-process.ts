import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import {
  type LeakWatch,
  openLeakWatch,
  openStatementProxy,
  type StatementProxy,
} from '@countersign/postgres';

import type { Order } from './crash-points-program';
import { assertNoLeaks, secretsOf } from './secrets';
import { within } from './wait-for';

/** The product in a process of its own, behind a proxy, to be killed and started again. */
export interface Victim {
  readonly proxy: StatementProxy;
  start(): Promise<void>;
  /** kill -9; what was on its way to the database and back is lost. */
  kill(): Promise<void>;
  setClock(aheadMs: number): void;
  close(): Promise<void>;
}

const STARTED_WITHIN_MS = 120_000; // on a machine with much else to do

/** The program of one role. Its clock is the one that was set last, also after a start. */
export async function openVictim(
  databaseUrl: string,
  nursery: Nursery,
  env: Readonly<Record<string, string>>,
): Promise<Victim> {
  const proxy = await openStatementProxy(databaseUrl);
  let child: ChildProcess | undefined;
  let aheadMs = 0;
  const order = (more: Omit<Order, 'aheadMs'> = {}): void => {
    child?.send({ aheadMs, ...more } satisfies Order);
  };
  const kill = async (): Promise<void> => {
    const killed = child;
    child = undefined;
    if (killed !== undefined) await end(killed);
    proxy.cut();
    const watch = killed === undefined ? undefined : watches.get(killed);
    if (watch !== undefined) assertNoLeaks(watch.leaks(await secretsOf(databaseUrl)));
  };
  return {
    proxy,
    start: async () => {
      child = await nursery.take();
      const ready = said(child, 'ready');
      order({ env: { ...env, DATABASE_URL: proxy.url } });
      await ready;
    },
    kill,
    setClock: (ahead) => {
      aheadMs = ahead;
      order();
    },
    close: async () => {
      await kill();
      await proxy.close();
    },
  };
}

/** Programs that are loaded already: most of a start is loading, which can be done beforehand. */
export interface Nursery {
  take(): Promise<ChildProcess>;
  close(): Promise<void>;
}

export function openNursery(): Nursery {
  let next: ChildProcess | undefined = load();
  return {
    take: async () => {
      const child = next ?? load();
      next = load();
      await loaded.get(child);
      return child;
    },
    close: async () => {
      if (next !== undefined) await end(next);
      next = undefined;
    },
  };
}

const loaded = new WeakMap<ChildProcess, Promise<void>>();
/** What each has printed. */
const watches = new WeakMap<ChildProcess, LeakWatch>();

function load(): ChildProcess {
  const child = fork(join(__dirname, 'crash-points-program.ts'), {
    execArgv: [
      '--conditions=@countersign/source',
      '--require',
      join(__dirname, 'register-sources.cjs'),
    ],
    env: { PATH: process.env['PATH'] }, // nothing of the test's own environment
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const watch = openLeakWatch();
  watch.close(); // its sockets are in another process
  watches.set(child, watch);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      watch.printed(chunk);
      if (process.env['E2E_LOG'] !== undefined || stream === child.stderr) {
        process.stderr.write(chunk);
      }
    });
  }
  child.on('error', () => undefined); // an order to one that has just ended
  const isLoaded = said(child, 'loaded');
  isLoaded.catch(() => undefined); // whoever takes it hears
  loaded.set(child, isLoaded);
  return child;
}

async function said(child: ChildProcess, word: string): Promise<void> {
  const heard = new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      if (message === word) resolve();
    });
    child.once('exit', () => {
      reject(new Error(`The API's process ended before it was ${word}.`));
    });
  });
  await within(`the API's process is ${word}`, STARTED_WITHIN_MS, heard);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
