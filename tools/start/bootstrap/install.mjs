import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GivenUp } from './given-up.mjs';
import { runChild } from './run-child.mjs';

/**
 * True when what lies in node_modules is what the lockfile asks for. npm writes its own record,
 * node_modules/.package-lock.json, last of all, so an installation cut short has none.
 */
export function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null || present === null) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue; // our own projects
    const record = present[path];
    if (record === undefined) {
      if (entry.optional === true || entry.peer === true) continue; // another platform's
      return false;
    }
    if (record.version !== entry.version || record.resolved !== (entry.resolved ?? record.resolved))
      return false;
    if (!existsSync(join(root, path, 'package.json'))) return false;
  }
  return true;
}

export async function install(root) {
  console.error('Installing packages (once, about a minute) …');
  const { command, args } = findNpm();
  const all = [...args, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  let outcome;
  try {
    outcome = await runChild(command, all, { cwd: root });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new GivenUp('npm is needed to install packages, and is not on the PATH.');
  }
  if (outcome.code === 0 && isInstalled(root)) return;
  throw new GivenUp(explain(outcome));
}

/** The npm that started us, else the one on the PATH. */
function findNpm() {
  const script = process.env.npm_execpath ?? '';
  return /npm-cli\.[cm]?js$/.test(script) && existsSync(script)
    ? { command: process.execPath, args: [script] }
    : { command: 'npm', args: [] };
}

function explain({ code, said }) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/.test(said)) {
    return (
      'The packages could not be fetched: npm does not reach its registry. ' +
      'Connect to the network (or set the proxy or registry of this place in npm), then start again.'
    );
  }
  if (/ENOSPC/.test(said)) return 'The disk is full. Free about 1 GB and start again.';
  if (/EACCES|EPERM|EROFS/.test(said)) {
    return 'node_modules cannot be written. Make the repository yours, then start again.';
  }
  return `npm ci failed (exit ${code}); its messages stand above. Set that right and start again.`;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null; // missing or cut short
  }
}
