import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { createLog } from './log';
import { openLogOutput } from './log-output';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-log-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function linesIn(file: string, count: number): Promise<string[]> {
  for (let tries = 0; tries < 500; tries += 1) {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    if (lines.length >= count) return lines;
    await pause(10);
  }
  throw new Error(`There are no ${count} lines in ${file}.`);
}

/** Reads until nothing more comes: a write that waits would keep this process from ending. */
async function drain(pipe: string): Promise<void> {
  const descriptor = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const bytes = Buffer.alloc(64 * 1024);
  for (let silences = 0; silences < 5;) {
    try {
      readSync(descriptor, bytes);
      silences = 0;
    } catch (error) {
      if (Reflect.get(error as object, 'code') !== 'EAGAIN') throw error;
      silences += 1;
      await pause(50);
    }
  }
  closeSync(descriptor);
}

test('lines are written in their order', async () => {
  const file = join(folder, 'log');
  const descriptor = openSync(file, 'a');
  const output = openLogOutput(descriptor);
  const log = createLog('info', output);

  for (let number = 0; number < 1_000; number += 1) log.info('a fact', { number });

  const numbers = (await linesIn(file, 1_000)).map(
    (line) => (JSON.parse(line) as { number: number }).number,
  );
  expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, number) => number));
  await output.close();
  closeSync(descriptor);
});

test('while nobody reads, nothing is held up and what waits is bounded', async () => {
  const pipe = join(folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const descriptor = openSync(pipe, 'r+'); // a reader that never reads
  const output = openLogOutput(descriptor);
  const log = createLog('info', output);
  const before = process.memoryUsage().heapUsed;
  const startedAt = performance.now();

  for (let number = 0; number < 20_000; number += 1) log.info('f'.repeat(1_000), { number });

  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  await drain(pipe);
  await output.close();
  closeSync(descriptor);
});

(existsSync('/dev/full') ? test : test.skip)('a full disk costs lines, and no error', async () => {
  const descriptor = openSync('/dev/full', 'a');
  const output = openLogOutput(descriptor);
  const log = createLog('info', output);

  for (let number = 0; number < 100; number += 1) {
    log.info('a fact', { number });
    await pause(1);
  }

  await output.close();
  closeSync(descriptor);
});
