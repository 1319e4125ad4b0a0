import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, identify } from '../src/machine/process-identity';
import { endLeftOverServices, rememberServices } from '../src/supervision/left-over-services';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-left-over-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('leaves alone a process that merely has the number of one of ours', async () => {
  const file = join(folder, 'services');
  writeFileSync(file, `merchant-api ${process.pid} some-other-time\n`);
  const lines: string[] = [];

  await endLeftOverServices(file, (line) => lines.push(line));

  expect(lines).toEqual([]);
});

test('a damaged list ends nobody', async () => {
  const file = join(folder, 'services');
  writeFileSync(file, 'merchant-api\n-1 x\n\0\0');

  await endLeftOverServices(file, () => undefined);

  expect(readFileSync(file, 'utf8')).toBe('');
});

test('ends what a killed start has left running, and says so', async () => {
  const file = join(folder, 'services');
  const left = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(left, 'spawn');
  const pid = left.pid ?? 0;
  const identity = identify(pid);
  rememberServices(file).remember('merchant-api', pid);
  const lines: string[] = [];

  await endLeftOverServices(file, (line) => lines.push(line));

  expect(isRunning(identity)).toBe(false);
  expect(lines).toEqual([
    `ending the merchant-api of an earlier start that was killed (pid ${pid})`,
  ]);
});

test('a service that has ended is not remembered', () => {
  const file = join(folder, 'services');
  const services = rememberServices(file);

  services.remember('merchant-api', process.pid);
  services.remember('merchant-api', null);

  expect(readFileSync(file, 'utf8')).toBe('');
});
