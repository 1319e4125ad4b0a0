import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { consumerAppGenerator } from '@countersign/generators';
import { createTestDatabase, findFreePort } from '@countersign/postgres';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';

import {
  type Consumer,
  createConsumer,
  ESBUILD,
  GENERATORS_FOLDER,
  manifestIn,
  packAll,
  type Package,
  PACKAGE_FOLDERS,
  PUBLINT,
  readmeProgram,
  TSC,
} from '../src';
import {
  atSimulator,
  CLOSE_SIMULATOR,
  DOMAIN_EXAMPLES,
  PROTOCOL_EXAMPLES,
  SERVICES_EXAMPLES,
  SIMULATOR_EXAMPLES,
  TELL_REFUND,
} from './examples';

const run = promisify(execFile);

const PROTOCOL = '@countersign/alipay-protocol';
const SERVICES = '@countersign/alipay-services';
const DOMAIN = '@countersign/merchant-domain';
const SIMULATOR = '@countersign/gateway-simulator';
const ALL = [PROTOCOL, SERVICES, DOMAIN, SIMULATOR];
const GENERATORS = '@countersign/generators';

/** What outsiders were told that they may call. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  [PROTOCOL]: [
    'createSigner',
    'createVerifier',
    'loadKey',
    'signedText',
    'signFields',
    'verifyFields',
    'explainMismatch',
    'encodeRequest',
    'decodeRequest',
    'encodeAnswer',
    'decodeAnswer',
    'encodeNotification',
    'decodeNotification',
    'formatAmount',
    'parseAmount',
    'formatGatewayTime',
    'parseGatewayTime',
    'AlipayProtocolError',
  ],
  [SERVICES]: ['createAlipayClient'],
  [DOMAIN]: [
    'merchantEntities',
    'merchantMigrations',
    'openDatabase',
    'createQrCode',
    'refundTransaction',
  ],
  [SIMULATOR]: ['startGatewaySimulator'],
};

let place: string;
let packages: readonly Package[];
let consumer: Consumer;

function packageOf(name: string): Package {
  const found = packages.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not packed.`);
  return found;
}

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'countersign-packages-'));
  packages = await packAll(join(place, 'tarballs'), [...PACKAGE_FOLDERS, GENERATORS_FOLDER]);
  const used = packages.filter(({ name }) => ALL.includes(name));
  consumer = await createConsumer(join(place, 'consumer'), used, [
    'uuidv7',
    '@types/node',
    '@types/pg',
    'undici-types',
  ]);
}, 180_000);

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

describe.each(ALL)('the tarball of %s', (name) => {
  test('holds the program, its types, its words and its licence, and no test', async () => {
    const { stdout } = await run('tar', ['-tzf', packageOf(name).tarball]);

    const files = stdout.split('\n').map((line) => line.replace(/^package\//, ''));
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/index.js']),
    );
    expect(files).toContain('dist/index.d.ts');
    expect(
      files.filter((file) => /\.test\.|\/test\/|\/spec\/|tsbuildinfo|\.env/.test(file)),
    ).toEqual([]);
  });

  test('is what publint would publish', async () => {
    const { stdout } = await run(process.execPath, [PUBLINT, packageOf(name).tarball, '--strict']);

    expect(stdout).toContain('All good!');
  });

  test('has the right types for every way of resolving them', async () => {
    const { stdout } = await run(process.execPath, [
      join(__dirname, 'wrong-types.mjs'),
      packageOf(name).tarball,
    ]);

    expect(JSON.parse(stdout)).toMatchObject({ types: { kind: 'included' }, problems: [] });
  });
});

test(`the tarball of ${GENERATORS} holds what Nx needs, and is what publint would publish`, async () => {
  const { tarball } = packageOf(GENERATORS);
  const { stdout } = await run('tar', ['-tzf', tarball]);
  const { stdout: verdict } = await run(process.execPath, [PUBLINT, tarball, '--strict']);

  const files = stdout.split('\n').map((line) => line.replace(/^package\//, ''));
  expect(files).toEqual(
    expect.arrayContaining([
      ...['generators.json', 'schemas/consumer-app.json', 'dist/consumer-app.generator.js'],
      ...['files/consumer-app/src/counter.ts.template', 'README.md', 'LICENSE'],
    ]),
  );
  expect(files.filter((file) => /\.test\.ts$|dist\/spec|tsbuildinfo/.test(file))).toEqual([]);
  expect(verdict).toContain('All good!');
});

test('every name that outsiders call comes by require and by import, from one copy', async () => {
  const imports = ALL.map(
    (name) => `import { ${NAMES[name]?.join(', ')} } from '${name}';
for (const [called, it] of Object.entries({ ${NAMES[name]?.join(', ')} })) {
  if (it === undefined || require('${name}')[called] !== it) console.log('${name}', called);
}`,
  );
  consumer.write(
    'names.mjs',
    `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
${imports.join('\n')}
console.log('compared');`,
  );
  consumer.write(
    'names.cjs',
    ALL.map((name) => `console.log(Object.keys(require('${name}')).join(' '));`).join('\n'),
  );

  expect(await consumer.node(['names.mjs'])).toBe('compared\n');
  const named = (await consumer.node(['names.cjs'])).split('\n');
  for (const [index, name] of ALL.entries()) {
    expect(named[index]?.split(' ')).toEqual(expect.arrayContaining([...(NAMES[name] ?? [])]));
  }
});

/** Uses every name; in `.cts` and in `.mts` it is resolved in another way. */
const USES_NAMES = [
  ...ALL.map(
    (name) => `import { ${NAMES[name]?.join(', ')} } from '${name}';
export const ${name.replace(/\W/g, '_')} = { ${NAMES[name]?.join(', ')} };`,
  ),
  `export { createStatementServer } from '${SERVICES}/sftp';`,
  // Fails where there is no error: then the types would be lost, and everything any.
  '// @ts-expect-error a client is no number',
  'export const client: number = createAlipayClient;',
].join('\n');

/** Strict; how the types are found in each other way, arethetypeswrong has seen. */
async function compile(files: readonly string[]): Promise<void> {
  await consumer.node([
    ...[TSC, '--strict', '--skipLibCheck', '--target', 'es2022', '--lib', 'es2023'],
    ...['--types', 'node', '--module', 'node16', '--outDir', 'out', ...files],
  ]);
}

describe('TypeScript finds the types from CommonJS and from ES modules, and the examples of a README are run', () => {
  beforeAll(async () => {
    for (const extension of ['cts', 'mts']) consumer.write(`names.${extension}`, USES_NAMES);
    const written = (name: string, given: string, apart = true): string =>
      readmeProgram(join(packageOf(name).folder, 'README.md'), { given, apart });
    consumer.write('protocol.mts', written(PROTOCOL, PROTOCOL_EXAMPLES));
    consumer.write(
      'services.mts',
      atSimulator(written(SERVICES, SERVICES_EXAMPLES)) + CLOSE_SIMULATOR,
    );
    consumer.write('simulator.mts', written(SIMULATOR, SIMULATOR_EXAMPLES));
    consumer.write('domain.mts', written(DOMAIN, DOMAIN_EXAMPLES, false) + TELL_REFUND);
    await compile([
      ...['names.cts', 'names.mts'],
      ...['protocol.mts', 'services.mts', 'simulator.mts', 'domain.mts'],
    ]);
  });

  test(`of ${PROTOCOL}, also as one file without any package`, async () => {
    await consumer.node(['out/protocol.mjs']);
    await consumer.node([await bundled('protocol.mts', [])]);
  });

  test(`of ${SERVICES}`, async () => {
    expect(await consumer.node(['out/services.mjs'])).toContain(
      'alipay.acquire.overseas.spot.refund',
    );
  });

  test(`of ${SIMULATOR}`, async () => {
    await consumer.node(['out/simulator.mjs']);
  });

  test(`of ${DOMAIN}, also as one file: a code, a payment, a refund`, async () => {
    const external = ['typeorm', 'pg', 'reflect-metadata', 'ssh2'];
    for (const program of ['out/domain.mjs', await bundled('domain.mts', external)]) {
      const database = await createTestDatabase();

      const printed = await consumer.node([program], {
        DATABASE_URL: database.url,
        PORT: `${await findFreePort()}`,
      });

      expect(JSON.parse(printed)).toEqual({ code: true, status: 'SUCCEEDED', left: '1000' });
      await database.drop();
    }
  });

  /** One file, made by esbuild; where nothing is external it lies where there are no packages. */
  async function bundled(file: string, external: readonly string[]): Promise<string> {
    const folder = external.length === 0 ? mkdtempSync(join(place, 'alone-')) : consumer.folder;
    const bundle = join(folder, file.replace('.mts', '.bundle.mjs'));
    await consumer.node([
      ...[ESBUILD, file, '--bundle', '--platform=node', '--format=esm', `--outfile=${bundle}`],
      '--log-level=warning',
      "--banner:js=import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);",
      ...external.map((name) => `--external:${name}`),
    ]);
    return bundle;
  }
});

test('an app that the generator made compiles, and passes its own test against the simulator', async () => {
  const tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  await consumerAppGenerator(tree, { directory: 'apps/counter', skipInstall: true });
  for (const { path, content } of tree.listChanges()) {
    if (path.startsWith('apps/counter/')) consumer.write(path, content?.toString() ?? '');
  }

  await consumer.node([TSC, '-p', 'apps/counter']);
  const told = await consumer.node(['--test', 'apps/counter/dist/test/counter.test.js']);

  expect(told).toMatch(/^# pass 6$/m);
  expect(told).toMatch(/^# fail 0$/m);
});

test('explain-signature runs as a command of its package', async () => {
  const folder = join(consumer.folder, 'node_modules', PROTOCOL);
  const command = join(folder, manifestIn(folder).bin?.['explain-signature'] ?? '');
  consumer.write(
    'answer.xml',
    '<alipay><is_success>F</is_success><error>ILLEGAL_SIGN</error></alipay>',
  );

  const explained = consumer.node([command, 'answer.xml']);

  await expect(explained).rejects.toThrow('refused with ILLEGAL_SIGN, unsigned');
  expect(await consumer.node([command, '--help'])).toContain('It explains, and accepts nothing.');
});

test('the simulator runs as the command of its package, and stops when it is told to', async () => {
  const folder = join(consumer.folder, 'node_modules', SIMULATOR);
  const [command] = Object.values(manifestIn(folder).bin ?? {});
  const simulator = spawn(process.execPath, [join(folder, command ?? '')], {
    env: {
      SIMULATOR_PARTNER_ID: '2088000000000001',
      SIMULATOR_MD5_KEY: '0123456789abcdef0123456789abcdef',
      SIMULATOR_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [ready] = (await once(simulator.stdout, 'data')) as [Buffer];
  const url = /^ready (\S+)/.exec(ready.toString())?.[1] ?? '';

  expect((await fetch(`${url}/control/clock`)).status).toBe(200);
  expect(await (await fetch(`${url}/gateway.do`)).text()).toContain('<is_success>F</is_success>');
  simulator.kill('SIGTERM');
  expect(await once(simulator, 'exit')).toEqual([0, null]);
});
