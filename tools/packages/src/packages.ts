import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

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

/** Builds every package, and packs it as it would be published. */
export async function packAll(into: string): Promise<readonly Package[]> {
  const folders = PACKAGE_FOLDERS.map((folder) => join(REPOSITORY, folder));
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
  const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  const projects = folders.map((folder) => join(folder, 'tsconfig.lib.json'));
  try {
    await run(process.execPath, [tsc, '-b', '--pretty', 'false', ...projects]);
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

/** The npm that runs us, else the one beside this Node. */
function npm(): string {
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  const found = [process.env['npm_execpath'], beside].find(
    (path) => path?.endsWith('npm-cli.js') === true && existsSync(path),
  );
  if (found === undefined) throw new Error('No npm was found: start this with npm.');
  return found;
}
