import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GivenUp } from './given-up.mjs';
import { runChild } from './run-child.mjs';

/** True when nothing has changed since the last build of these projects. */
export function isBuilt(root, projects) {
  if (!projects.every((project) => existsSync(join(root, project, 'dist')))) return false;
  try {
    return readFileSync(stampFile(root, projects), 'utf8') === fingerprint(root);
  } catch {
    return false; // never built
  }
}

/** Incremental: the compiler looks for itself what has to be done again. */
export async function build(root, projects) {
  console.error('Building …');
  const before = fingerprint(root);
  const compiler = join(root, 'tools', 'start', 'bootstrap', 'compile.mjs');
  const configs = projects.map((project) => join(root, project, 'tsconfig.lib.json'));
  const { code } = await runChild(process.execPath, [compiler, '-b', ...configs], { cwd: root });
  if (code !== 0) throw new GivenUp('The sources do not compile; the messages stand above.');
  const stamp = stampFile(root, projects);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, before); // a file changed during the build makes the next start build again
}

function stampFile(root, projects) {
  const name = createHash('sha256').update(projects.join()).digest('hex').slice(0, 8);
  return join(root, '.nx', `built-${name}`);
}

/** Name, size and time of every file that a build reads. */
function fingerprint(root) {
  const hash = createHash('sha256').update(process.version);
  const note = (file) => {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  };
  for (const file of ['tsconfig.base.json', 'package-lock.json']) note(join(root, file));
  for (const kind of ['libs', 'apps', 'tools']) {
    for (const project of listFolders(join(root, kind))) {
      const folder = join(root, kind, project);
      for (const name of ['package.json', 'tsconfig.lib.json']) {
        if (existsSync(join(folder, name))) note(join(folder, name));
      }
      walk(join(folder, 'src'), note);
    }
  }
  return hash.digest('hex');
}

function walk(folder, visit) {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, visit);
    else if (!entry.name.endsWith('.test.ts')) visit(path);
  }
}

function listFolders(parent) {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
