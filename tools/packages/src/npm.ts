import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The npm that runs us, else the one beside this Node: a program for Node to run. */
export function npm(): string {
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  const found = [process.env['npm_execpath'], beside].find(
    (path) => path?.endsWith('npm-cli.js') === true && existsSync(path),
  );
  if (found === undefined) throw new Error('No npm was found: start this with npm.');
  return found;
}
