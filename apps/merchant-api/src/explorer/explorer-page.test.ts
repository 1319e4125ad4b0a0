import { Script } from 'node:vm';

import { readExampleOperations } from './example-operations';
import { explorerPage } from './explorer-page';

const page = explorerPage({
  nonce: 'n0nce',
  sandboxScript: 'https://cdn.example/sandbox.js',
  authorization: 'Bearer a-token-of-the-demo',
  operations: [...readExampleOperations(), '# </script>\nquery Sly { viewer { subject } }'],
});
const scripts = Array.from(
  page.matchAll(/<script nonce="n0nce">(.*?)<\/script>/gs),
  ([, text = '']) => text,
);

test('no marker is left on the page', () => {
  expect(page).not.toMatch(/\{\{|\}\}\s*<\/script>/);
});

test('its two scripts are whole, whatever an operation holds', () => {
  expect(scripts).toHaveLength(2);
  for (const script of scripts) expect(() => new Script(script)).not.toThrow();
  expect(scripts.join('')).toContain('graphql-transport-ws');
});
