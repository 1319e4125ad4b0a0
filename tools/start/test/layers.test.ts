import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { preProcessFile } from 'typescript';
import { REPOSITORY } from '../src/repository';

interface Layer {
  /** Our own packages that it may import. */
  readonly ours: readonly string[];
  /** Packages of npm for its sources; its tests take what they need. */
  readonly npm?: readonly string[];
}

const OF_TESTS = ['postgres'];

/** Down, never up, never sideways; only the journeys across everything import apps. */
const LAYERS: Readonly<Record<string, Layer>> = {
  'libs/alipay-protocol': { ours: [], npm: ['@rgrove/parse-xml', 'iconv-lite'] },
  'libs/alipay-services': { ours: ['alipay-protocol'], npm: ['undici', 'ssh2'] },
  'libs/merchant-domain': {
    ours: ['alipay-services', 'alipay-protocol'],
    npm: ['typeorm', 'pg', 'reflect-metadata'],
  },
  'apps/merchant-api': { ours: ['merchant-domain', 'alipay-services', 'alipay-protocol'] },
  'apps/gateway-simulator': { ours: ['alipay-protocol'], npm: ['ssh2'] },
  'apps/merchant-console': { ours: [] },
  'apps/merchant-api-e2e': {
    ours: [
      ...['merchant-api', 'gateway-simulator', 'merchant-domain', 'alipay-services'],
      ...['alipay-protocol', 'postgres', 'start', 'bench'],
    ],
  },
  'tools/generators': { ours: [], npm: ['@nx/devkit'] },
  'tools/packages': { ours: ['generators', 'postgres'] },
  tools: {
    ours: ['merchant-domain', 'alipay-services', 'alipay-protocol', 'postgres'],
  },
};

/** Names that say nothing about what is inside. */
const EMPTY_NAMES = new Set([
  ...['utils', 'util', 'helpers', 'helper', 'common', 'shared', 'misc', 'types', 'lib'],
  ...['manager', 'handler', 'processor', 'data', 'info'],
]);
const GENERATED = new Set(['node_modules', 'dist', 'coverage']);

/** Why this file may not import that, or null when it may. */
function refusal(file: string, imported: string): string | null {
  const project = projectOf(file);
  if (imported.startsWith('.')) {
    const target = relative(REPOSITORY, resolve(REPOSITORY, dirname(file), imported));
    return projectOf(target) === project ? null : 'a relative import leaves its project';
  }
  if (imported.startsWith('node:')) return null;
  const layer = LAYERS[project] ?? (project.startsWith('tools/') ? LAYERS['tools'] : undefined);
  if (layer === undefined) return 'its project stands in no layer';
  const [scope = '', name = ''] = imported.split('/');
  if (scope === '@countersign') {
    const allowed = isTest(file) ? [...layer.ours, ...OF_TESTS, basename(project)] : layer.ours;
    return allowed.includes(name) ? null : `${project} may not import ${scope}/${name}`;
  }
  const packageName = scope.startsWith('@') ? `${scope}/${name}` : scope;
  const isAllowed = isTest(file) || layer.npm === undefined || layer.npm.includes(packageName);
  return isAllowed ? null : `${project} may not import the package ${packageName}`;
}

function projectOf(file: string): string {
  return file.split(sep).slice(0, 2).join('/');
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.split(sep).includes('test');
}

function listPaths(folder: string): readonly string[] {
  return readdirSync(join(REPOSITORY, folder), { withFileTypes: true })
    .filter(({ name }) => !GENERATED.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...listPaths(path)] : [path];
    });
}

const paths = ['libs', 'apps', 'tools'].flatMap(listPaths);

test.each([
  ['libs/alipay-services/src/a.ts', '@countersign/merchant-api', 'may not import'],
  ['libs/merchant-domain/src/a.ts', '@countersign/gateway-simulator', 'may not import'],
  ['libs/alipay-protocol/src/a.ts', '@countersign/alipay-services', 'may not import'],
  ['apps/gateway-simulator/src/a.ts', '@countersign/alipay-services', 'may not import'],
  ['apps/merchant-api/src/a.ts', '@countersign/postgres', 'may not import'],
  ['tools/bench/src/a.ts', '@countersign/merchant-api', 'may not import'],
  ['libs/merchant-domain/src/a.ts', 'type-graphql', 'may not import the package'],
  ['libs/alipay-services/src/a.ts', '../../alipay-protocol/src/xml', 'leaves its project'],
  ['libs/something-new/src/a.ts', 'pg', 'in no layer'],
])('%s may not import %s', (file, imported, reason) => {
  expect(refusal(file, imported)).toContain(reason);
});

test.each([
  ['libs/alipay-services/src/a.ts', '@countersign/alipay-protocol'],
  ['libs/merchant-domain/test/a.test.ts', '@countersign/postgres'],
  ['apps/merchant-api-e2e/journeys/a.test.ts', '@countersign/merchant-api'],
  ['libs/alipay-services/src/operations/a.ts', '../outcome'],
])('%s may import %s', (file, imported) => {
  expect(refusal(file, imported)).toBeNull();
});

test('every import in the repository goes down the line', () => {
  const sources = paths.filter((path) => path.endsWith('.ts'));
  const refused = sources.flatMap((file) =>
    preProcessFile(readFileSync(join(REPOSITORY, file), 'utf8'), true, true).importedFiles.flatMap(
      ({ fileName }) => {
        const reason = refusal(file, fileName);
        return reason === null ? [] : [`${file} imports ${fileName}: ${reason}`];
      },
    ),
  );

  expect(sources.length).toBeGreaterThan(100);
  expect(refused).toEqual([]);
});

test('no project, folder or file has a name that says nothing', () => {
  const empty = paths.filter((path) =>
    EMPTY_NAMES.has(basename(path).replace(/(?:\.test)?\.\w+$/, '')),
  );

  expect(empty).toEqual([]);
});

describe('the lockfile', () => {
  const lockfile: unknown = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8'));
  const packages: Readonly<Record<string, { readonly resolved?: string }>> = packagesOf(lockfile);

  test('has one copy of graphql, because two do not know each other’s types', () => {
    const copies = Object.keys(packages).filter((path) =>
      /(?:^|\/)node_modules\/graphql$/.test(path),
    );

    expect(copies).toEqual(['node_modules/graphql']);
  });

  test('names no registry, so that everybody installs from their own', () => {
    const addresses = Object.values(packages).filter(({ resolved }) =>
      /^[a-z+]+:/.test(resolved ?? ''),
    );

    expect(addresses).toEqual([]);
  });
});

function packagesOf(lockfile: unknown): Readonly<Record<string, { readonly resolved?: string }>> {
  if (typeof lockfile !== 'object' || lockfile === null || !('packages' in lockfile)) return {};
  const { packages } = lockfile;
  return packages as Readonly<Record<string, { readonly resolved?: string }>>; // npm's own format
}
