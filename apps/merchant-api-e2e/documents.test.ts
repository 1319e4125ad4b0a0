import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
/** Pages whose numbered paragraphs each name the tests that hold them. */
const pages = ['docs/guarantees.md', 'docs/security.md'].map((page) => ({
  page,
  text: readFileSync(join(root, page), 'utf8'),
}));

const held = pages.flatMap(({ text }) =>
  Array.from(text.matchAll(/^- `([^`]+)`(?: — "(.*)")?$/gm), ([, file = '', sentence]) => ({
    file,
    sentence,
  })),
);

test.each(pages)('each numbered paragraph of $page names the tests that hold it', ({ text }) => {
  const paragraphs = text.split(/^\*\*\d+\. /m).slice(1);

  expect(paragraphs.length).toBeGreaterThan(10);
  for (const paragraph of paragraphs) expect(paragraph.split(/^## /m)[0]).toMatch(/^- `/m);
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
  'docs/security.md',
  'docs/operations.md',
  'docs/architecture.md',
  'docs/frontend.md',
  'examples/live-till/README.md',
  'apps/merchant-api/README.md',
])('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const links = Array.from(text.matchAll(/\]\(([^)#:]+)\)/g), ([, link = '']) => link);

  for (const link of links) {
    expect([link, existsSync(join(root, page, '..', link))]).toEqual([link, true]);
  }
});
