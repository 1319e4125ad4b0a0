import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '../src/machine/data-folder';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'countersign-folder-'));
});
afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

test('names the process that already uses the folder', () => {
  const path = join(parent, 'data');
  openDataFolder(path);

  expect(() => openDataFolder(path)).toThrow(`(pid ${process.pid})`);
});

test('says what to do when the folder cannot be made', () => {
  writeFileSync(join(parent, 'data'), '');

  expect(() => openDataFolder(join(parent, 'data'))).toThrow(/COUNTERSIGN_DATA_DIR/);
});

test.each([
  ['of a process that is gone', '999999999 12345\n'],
  ['whose number is now another program’s', `${process.pid} another-time\n`],
  ['that was cut short', ''],
])('takes over a lock %s', (_, text) => {
  const path = join(parent, 'data');
  openDataFolder(path).release();
  writeFileSync(join(path, 'start.lock'), text);

  const folder = openDataFolder(path);

  expect(existsSync(join(folder.path, 'start.lock'))).toBe(true);
});

test('lets nobody list the folder, and can be opened again after release', () => {
  const path = join(parent, 'data');

  openDataFolder(path).release();
  openDataFolder(path).release();

  expect(statSync(path).mode & 0o066).toBe(0);
});
