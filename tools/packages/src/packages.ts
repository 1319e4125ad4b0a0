import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { npm } from './npm';

const run = promisify(execFile);

/** The root of the repository, seen from `dist/` as well as from `src/`. */
export const REPOSITORY = resolve(__dirname, '../../..');

/** Where the packages lie that others install. */
export const PACKAGE_FOLDERS = [
  'libs/alipay-protocol',
  'libs/alipay-services',
  'libs/merchant-domain',
  'apps/gateway-simulator',
] as const;

export interface Package {
  /** Such as `@countersign/alipay-protocol`. */
  readonly name: string;
  /** Where its sources are. */
  readonly folder: string;
  readonly tarball: string;
}

/** Installed beside them, by those who work with Nx. */
export const GENERATORS_FOLDER = 'tools/generators';

/** Builds every package, and packs it as it would be published. */
export async function packAll(
  into: string,
  wanted: readonly string[] = PACKAGE_FOLDERS,
): Promise<readonly Package[]> {
  const folders = wanted.map((folder) => join(REPOSITORY, folder));
  await build(folders);
  mkdirSync(into, { recursive: true });
  const { stdout } = await run(
    process.execPath,
    [npm(), 'pack', '--ignore-scripts', '--json', '--pack-destination', into, ...folders],
    { cwd: REPOSITORY, maxBuffer: 64 * 1024 * 1024 },
  );
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  return folders.map((folder) => {
    const { name } = manifestIn(folder);
    const file = packed.find((one) => one.name === name)?.filename;
    if (file === undefined) throw new Error(`npm pack made no tarball of ${name}.`);
    return { name, folder, tarball: join(into, file) };
  });
}

async function build(folders: readonly string[]): Promise<void> {
  const compile = join(REPOSITORY, 'tools/start/bootstrap/compile.mjs');
  const projects = folders.map((folder) => join(folder, 'tsconfig.lib.json'));
  try {
    await run(process.execPath, [compile, '-b', '--pretty', 'false', ...projects]);
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string };
    throw new Error(`The packages do not compile:\n${stdout}`, { cause: error });
  }
}

export interface Manifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
