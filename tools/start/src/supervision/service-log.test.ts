import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServiceLog, readableTrouble } from './service-log';

test.each([
  // a line, where it came from, what a person reads
  ['{"level":30,"msg":"refund settled"}', 'stdout', null],
  ['ready http://localhost:4000/graphql', 'stdout', null],
  ['{"at":"2026-01-02","fact":"ready"}', 'stderr', null],
  [
    '{"level":40,"time":1,"pid":2,"hostname":"h","msg":"slow","ageMs":9}',
    'stdout',
    'warning: slow (ageMs=9)',
  ],
  [
    '{"level":50,"msg":"stopped","err":{"message":"no disk","stack":"…"}}',
    'stdout',
    'error: stopped: no disk',
  ],
  ['{"level":60,"err":{"message":"no disk"}}', 'stdout', 'error: no disk'],
  ['Error: Cannot find module', 'stderr', 'Error: Cannot find module'],
  ['{ not JSON', 'stderr', '{ not JSON'],
] as const)('%s on %s reads %s', (line, stream, readable) => {
  expect(readableTrouble(line, stream)).toBe(readable);
});

describe('the file', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-log-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('begins anew when it is full, and the one before is kept', () => {
    const file = join(folder, 'till.log');
    const log = createServiceLog({ name: 'till', file, show: () => undefined, bytesMax: 100 });

    for (let line = 0; line < 30; line += 1) log.add(`line number ${line}`, 'stdout');

    expect(statSync(file).size).toBeLessThan(150);
    expect(existsSync(`${file}.1`)).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('line number 29');
  });

  test('a flood of troubles is cut short on the terminal, and whole in the file', () => {
    const file = join(folder, 'till.log');
    const shown: string[] = [];
    let now = 1_000_000;
    const log = createServiceLog({
      name: 'till',
      file,
      show: (line) => shown.push(line),
      now: () => now,
    });

    for (let line = 0; line < 100; line += 1) log.add(`trouble ${line}`, 'stderr');
    now += 60_000;
    log.add('later', 'stderr');

    expect(shown).toHaveLength(22);
    expect(shown.slice(-2)).toEqual([`till: more of this in ${file}`, 'till: later']);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(101);
  });
});
