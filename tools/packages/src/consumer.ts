import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { manifestIn, type Package, REPOSITORY } from './packages';
import { runBounded } from './run-bounded';

const run = promisify(execFile);

/** A project of somebody else, with our packages installed from their tarballs. */
export interface Consumer {
  readonly folder: string;
  write(path: string, text: string): void;
  /** Runs a program in it, with another Node where one is named. */
  node(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    program?: string,
  ): Promise<string>;
}

/**
 * Lays the packages out as npm would. Third-party packages are those of this repository, and only
 * those that a package of ours declares, or that the consumer says it installs itself.
 */
export async function createConsumer(
  folder: string,
  packages: readonly Package[],
  own: readonly string[] = [],
): Promise<Consumer> {
  const modules = join(folder, 'node_modules');
  const wanted = new Set(own);
  for (const { name, tarball } of packages) {
    const place = join(modules, name);
    mkdirSync(place, { recursive: true });
    await run('tar', ['-xzf', tarball, '-C', place, '--strip-components=1']);
    const { dependencies, peerDependencies } = manifestIn(place);
    for (const needed of Object.keys({ ...dependencies, ...peerDependencies })) wanted.add(needed);
  }
  for (const name of wanted) {
    if (packages.some((ours) => ours.name === name)) continue;
    const place = join(modules, name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(REPOSITORY, 'node_modules', name), place);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  return {
    folder,
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    node: (args, env = {}, program = process.execPath) =>
      runBounded(args, { cwd: folder, env, program }),
  };
}

export const TSC = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
export const ESBUILD = join(REPOSITORY, 'node_modules/esbuild/bin/esbuild');
export const PUBLINT = join(REPOSITORY, 'node_modules/publint/src/cli.js');
