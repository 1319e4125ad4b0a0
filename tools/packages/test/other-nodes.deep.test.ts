import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { consumerAppGenerator } from '@countersign/generators';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';

import {
  type Consumer,
  createConsumer,
  findNode,
  packAll,
  readmeProgram,
  REPOSITORY,
  runBounded,
  TSC,
} from '../src';
import {
  atSimulator,
  CLOSE_SIMULATOR,
  PROTOCOL_EXAMPLES,
  SERVICES_EXAMPLES,
  SIMULATOR_EXAMPLES,
} from './examples';

/** Those that are maintained, and may run our packages. Fetched from npm where they are not here. */
const nodes = [20, 22, 24].map(findNode);
const JEST = join(REPOSITORY, 'node_modules/jest/bin/jest.js');
const UNIT_TIMEOUT_MS = 600_000;

let place: string;
let consumer: Consumer;

/** Compiled once, by the Node that runs us: what another Node runs is what was published. */
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'countersign-nodes-'));
  const packages = await packAll(join(place, 'tarballs'));
  consumer = await createConsumer(join(place, 'consumer'), packages, [
    ...['uuidv7', '@types/node', '@types/pg', 'undici-types'],
  ]);
  const written = (folder: string, given: string): string =>
    readmeProgram(join(REPOSITORY, folder, 'README.md'), { given, apart: true });
  consumer.write('protocol.mts', written('libs/alipay-protocol', PROTOCOL_EXAMPLES));
  consumer.write(
    'services.mts',
    atSimulator(written('libs/alipay-services', SERVICES_EXAMPLES)) + CLOSE_SIMULATOR,
  );
  consumer.write('simulator.mts', written('apps/gateway-simulator', SIMULATOR_EXAMPLES));
  await consumer.node([
    ...[TSC, '--strict', '--skipLibCheck', '--target', 'es2022', '--lib', 'es2023'],
    ...['--types', 'node', '--module', 'node16', '--outDir', 'out'],
    ...['protocol.mts', 'services.mts', 'simulator.mts'],
  ]);
  const tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  await consumerAppGenerator(tree, { directory: 'apps/counter', skipInstall: true });
  for (const { path, content } of tree.listChanges()) {
    if (path.startsWith('apps/counter/')) consumer.write(path, content?.toString() ?? '');
  }
  await consumer.node([TSC, '-p', 'apps/counter']);
});

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

for (const node of nodes) {
  const found = 'path' in node ? node : null;
  const title = 'missing' in node ? `Node ${node.major} (${node.missing})` : `Node ${node.version}`;

  (found === null ? describe.skip : describe)(title, () => {
    const program = found?.path ?? '';

    test('is the one that runs', async () => {
      expect(await consumer.node(['-p', 'process.version'], {}, program)).toBe(
        `${found?.version ?? ''}\n`,
      );
    });

    test.each([
      '@countersign/alipay-protocol',
      '@countersign/alipay-services',
      '@countersign/merchant-domain',
      '@countersign/gateway-simulator',
    ])('%s comes by require and by import, from one copy', async (name) => {
      consumer.write(
        'one-copy.mjs',
        `import { createRequire } from 'node:module';
import * as imported from '${name}';
const required = createRequire(import.meta.url)('${name}');
const names = Object.keys(required);
console.log(names.length > 0 && names.every((one) => imported[one] === required[one]));`,
      );

      expect(await consumer.node(['one-copy.mjs'], {}, program)).toBe('true\n');
    });

    test.each(['protocol', 'services', 'simulator'])('the examples of %s run', async (name) => {
      await consumer.node([`out/${name}.mjs`], {}, program);
    });

    test('an app that the generator made passes its own test', async () => {
      const told = await consumer.node(
        ['--test', '--test-reporter=tap', 'apps/counter/dist/test/counter.test.js'],
        {},
        program,
      );

      expect(told).toMatch(/^# pass 6$/m);
      expect(told).toMatch(/^# fail 0$/m);
    });

    test.each(['libs/alipay-protocol', 'libs/alipay-services'])(
      'every test of %s passes',
      async (project) => {
        const report = join(place, `${project.replace('/', '-')}-${node.major}.json`);
        await runBounded(
          [JEST, '-c', `${project}/jest.config.cjs`, '--json', `--outputFile=${report}`],
          { cwd: REPOSITORY, program, timeoutMs: UNIT_TIMEOUT_MS },
        );

        const { numPassedTests, numFailedTests } = readReport(report);
        expect(numFailedTests).toBe(0);
        expect(numPassedTests).toBeGreaterThan(100);
        process.stdout.write(`${title}: ${numPassedTests} tests of ${project} passed\n`);
      },
    );
  });
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

function readReport(path: string): Report {
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}
