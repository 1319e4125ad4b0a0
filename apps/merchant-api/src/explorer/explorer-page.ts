import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ExplorerPage {
  readonly nonce: string;
  /** Apollo's own explorer, from its CDN; the page shows ours where that cannot be reached. */
  readonly sandboxScript: string;
  /** Filled in for the person, or empty. */
  readonly authorization: string;
  readonly operations: readonly string[];
}

const FOLDER = join(__dirname, '..', '..', 'explorer');
const PAGE = read('page.html');
const STYLE = read('page.css');
/** Each uses only what stands before it; the last one begins. */
const SCRIPTS = ['operations', 'ask', 'answers', 'schema', 'explorer', 'sandbox'];
const SCRIPT = `(() => {\n'use strict';\n${SCRIPTS.map((name) => read(`${name}.js`)).join('\n')}})();`;

export function explorerPage(page: ExplorerPage): string {
  const { nonce, sandboxScript, authorization, operations } = page;
  const settings = JSON.stringify({ authorization, operations, sandboxScript });
  const parts: Readonly<Record<string, string>> = {
    NONCE: nonce,
    STYLE,
    // Within a script `<` could end it early.
    SETTINGS: settings.replaceAll('<', '\\u003c'),
    SCRIPT,
  };
  // A marker may stand in a comment, so that the page is well-formed to tools too.
  return PAGE.replace(
    /\/\* \{\{(\w+)\}\} \*\/|\{\{(\w+)\}\}/g,
    (whole, commented: string | undefined, bare: string | undefined) =>
      parts[commented ?? bare ?? ''] ?? whole,
  );
}

function read(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}
