import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const guarantees = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');

const held = Array.from(
  guarantees.matchAll(/^- `([^`]+)`(?: — "(.*)")?$/gm),
  ([, file = '', sentence]) => ({
    file,
    sentence,
  }),
);

test('every numbered promise names the tests that hold it', () => {
  const promises = guarantees.split(/^\*\*\d+\. /m).slice(1);

  expect(promises.length).toBeGreaterThan(10);
  for (const promise of promises) expect(promise).toMatch(/^- `/m);
});

test.each(held)('$file holds: $sentence', ({ file, sentence }) => {
  const path = join(root, file);

  expect(existsSync(path)).toBe(true);
  if (sentence !== undefined) expect(readFileSync(path, 'utf8')).toContain(sentence);
});

test.each([
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/guarantees.md',
  'docs/operations.md',
  'docs/architecture.md',
])('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const links = Array.from(text.matchAll(/\]\(([^)#:]+)\)/g), ([, link = '']) => link);

  for (const link of links) {
    expect([link, existsSync(join(root, page, '..', link))]).toEqual([link, true]);
  }
});
