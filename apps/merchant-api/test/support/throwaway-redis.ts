import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { findFreePort } from '@countersign/postgres';

import { until } from './until';

/** Debian's Redis, or another on the path; `REDIS_SERVER` names one elsewhere. */
const FOUND = [
  process.env['REDIS_SERVER'] ?? '',
  ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'redis-server')),
].find(isProgram);

/** A test with a real Redis. Without one it is skipped, and its name tells `npm test` why. */
export function redisTest(name: string, run: () => Promise<void>): void {
  if (FOUND === undefined) test.skip(`${name} (needs redis-server)`, run);
  else test(name, run);
}

/** A Redis of one test's own, which keeps nothing, and can be killed and started again. */
export interface ThrowawayRedis {
  readonly url: string;
  start(): Promise<void>;
  /** Ends the connections of all but those who listen. */
  dropSpeakers(): Promise<void>;
  /** Runs somebody's long script, with which it refuses everything else, and ends it. */
  whileBusy(work: () => Promise<void>): Promise<void>;
  /** With SIGKILL. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** A shell that waits for our end of a pipe to close, however we end, and then kills its Redis. */
const UNTIL_WE_END = '"$0" "$@" & read -r _; kill -KILL $!; wait';

export async function startThrowawayRedis(): Promise<ThrowawayRedis> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-redis-'));
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    server = spawn('/bin/sh', ['-c', UNTIL_WE_END, FOUND ?? '', ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await until('an answer of Redis', () => isAnswered(port));
  };
  const kill = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (running?.exitCode !== null) return;
    const gone = once(running, 'exit');
    running.stdin?.end();
    await gone;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    dropSpeakers: async () => {
      await until('the end of the speakers', () =>
        isAnswered(port, 'CLIENT KILL TYPE normal', ':'),
      );
    },
    whileBusy: async (work) => {
      await until('its patience', () => isAnswered(port, 'CONFIG SET lua-time-limit 1', '+OK'));
      const script = connect(port, '127.0.0.1', () =>
        script.write("EVAL 'while true do end' 0\r\n"),
      );
      await until('a refusal', () => isAnswered(port, 'PING', '-BUSY'));
      await work();
      await until('the end of the script', () => isAnswered(port, 'SCRIPT KILL', '+OK'));
      script.destroy();
    },
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isAnswered(port: number, command = 'PING', answer = '+PONG'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.on('error', () => {
      resolve(false);
    });
    socket.on('data', (given) => {
      socket.destroy();
      resolve(given.toString().startsWith(answer));
    });
  });
}

function isProgram(path: string): boolean {
  if (path === '') return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
