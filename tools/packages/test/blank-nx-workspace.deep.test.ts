import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  createConsumer,
  GENERATORS_FOLDER,
  type LocalRegistry,
  manifestIn,
  npm,
  packAll,
  type Package,
  PACKAGE_FOLDERS,
  REPOSITORY,
  runBounded,
  startLocalRegistry,
} from '../src';

const STEP_TIMEOUT_MS = 300_000;
const NX_VERSION = '23.2.1';

let place: string;
let packages: readonly Package[];

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'countersign-nx-'));
  packages = await packAll(join(place, 'tarballs'), [...PACKAGE_FOLDERS, GENERATORS_FOLDER]);
});

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

/** Somebody else's workspace, with nothing in it. */
interface Workspace {
  readonly folder: string;
  readonly nx: (...args: readonly string[]) => Promise<string>;
}

function openWorkspace(folder: string): Workspace {
  mkdirSync(folder, { recursive: true });
  write(folder, 'package.json', {
    name: 'shop',
    version: '0.0.0',
    private: true,
    workspaces: ['apps/*'],
  });
  write(folder, 'nx.json', { analytics: false, neverConnectToCloud: true });
  return {
    folder,
    nx: (...args) =>
      runBounded([nxIn(folder), ...args], {
        cwd: folder,
        env: { NX_DAEMON: 'false', NX_TUI: 'false', CI: 'true', npm_execpath: npm() },
        timeoutMs: STEP_TIMEOUT_MS,
      }),
  };
}

function nxIn(folder: string): string {
  const nx = join(folder, 'node_modules/nx');
  return join(nx, manifestIn(nx).bin?.['nx'] ?? '');
}

function write(folder: string, path: string, content: object): void {
  writeFileSync(join(folder, path), JSON.stringify(content));
}

/** What somebody does on the first day: an app is generated, built, and passes its own test. */
async function proveFirstDay({ nx }: Workspace, ...more: readonly string[]): Promise<void> {
  await nx('g', '@countersign/generators:consumer-app', 'apps/counter', ...more);

  expect((await nx('show', 'projects')).split('\n')).toContain('counter');
  await nx('build', 'counter');
  const told = await nx('test', 'counter', '--skip-nx-cache');
  expect(told).toMatch(/^(?:#|ℹ) pass 6$/m);
  expect(told).toMatch(/^(?:#|ℹ) fail 0$/m);
}

test('in a blank Nx workspace, with the tarballs and the third-party packages of this repository', async () => {
  const workspace = openWorkspace(join(place, 'of-tarballs'));
  const { folder } = workspace;
  const own = ['nx', '@nx/devkit', 'typescript', '@types/node', 'undici-types'];
  await createConsumer(folder, packages, own);
  openWorkspace(folder); // the consumer's manifest is no workspace
  mkdirSync(join(folder, 'node_modules/.bin'));
  symlinkSync('../typescript/bin/tsc', join(folder, 'node_modules/.bin/tsc'));

  await proveFirstDay(workspace, '--skipInstall');
});

/** What third parties have made is fetched from where it always is; without that there is nothing to try. */
const canFetch =
  spawnSync(process.execPath, [npm(), 'view', `nx@${NX_VERSION}`, 'version'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    timeout: 60_000,
  }).stdout.trim() === NX_VERSION;

describe('from a registry on this machine', () => {
  let registry: LocalRegistry;

  beforeAll(async () => {
    registry = await startLocalRegistry('@countersign');
  });
  afterAll(() => registry.close());

  (canFetch ? test : test.skip)(
    'published, installed by npm, and used in a blank Nx workspace',
    async () => {
      const workspace = openWorkspace(join(place, 'of-a-registry'));
      const { folder } = workspace;
      writeFileSync(
        join(folder, '.npmrc'),
        `${registry.npmrc}ignore-scripts=true\naudit=false\nomit-lockfile-registry-resolved=false\n`,
      );
      const run = (...args: readonly string[]): Promise<string> =>
        runBounded([npm(), ...args], { cwd: folder, timeoutMs: STEP_TIMEOUT_MS });
      for (const { tarball } of packages) await run('publish', tarball, '--access', 'public');

      await run('install', '--save-dev', '--prefer-offline', ...firstPackages());
      await proveFirstDay(workspace);

      const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
        packages: Record<string, { resolved?: string }>;
      };
      for (const { name } of packages.filter((one) => !one.name.endsWith('/merchant-domain'))) {
        expect(registry.asked).toContain(`PUT ${name}`);
        expect(lock.packages[`node_modules/${name}`]?.resolved).toMatch(
          `${registry.url}/${name}/-/`,
        );
      }
    },
  );
});

function firstPackages(): string[] {
  return [`nx@${NX_VERSION}`, `@nx/devkit@${NX_VERSION}`, '@countersign/generators'];
}
