import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { FsTree, flushChanges } from 'nx/src/generators/tree';

import { operationGenerator } from '../src';

const run = promisify(execFile);
const REPOSITORY = join(__dirname, '../../..');

/** What the generator touches, what that stands on, and what checks it. */
const COPIED = [
  ...['libs/alipay-protocol', 'libs/alipay-services', 'apps/gateway-simulator', 'nx.json'],
  ...[
    'package.json',
    'tsconfig.base.json',
    'jest.preset.js',
    'jest.environment.cjs',
    '.prettierrc.json',
  ],
];

let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'countersign-operation-'));
  for (const path of COPIED) {
    cpSync(join(REPOSITORY, path), join(place, path), {
      recursive: true,
      filter: (source) => !/\/(?:dist|node_modules|coverage)$/.test(source),
    });
  }
  symlinkSync(join(REPOSITORY, 'node_modules'), join(place, 'node_modules'));
});

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

async function node(...args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(process.execPath, args, {
      cwd: place,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

const bin = (path: string): string => join(REPOSITORY, 'node_modules', path);

/** Asks the simulator by the new operation of the client, both from their sources. */
const AGAINST_THE_SIMULATOR = `
import { createSigner, createVerifier } from '@countersign/alipay-protocol';
import { createAlipayClient } from '../../../libs/alipay-services/src';
import { startGatewaySimulator } from '../src';

test('the client and the simulator understand each other', async () => {
  const md5Key = '0123456789abcdef0123456789abcdef';
  const simulator = await startGatewaySimulator({ partnerId: '2088000000000001', md5Key });
  const alipay = createAlipayClient({
    gatewayUrl: simulator.gatewayUrl,
    partnerId: '2088000000000001',
    signer: createSigner({ signType: 'MD5', md5Key }),
    verifier: createVerifier({ signType: 'MD5', md5Key }),
  });

  const outcome = await alipay.acquireClose({ outTradeNo: 'T1', tradeNo: 'A1' });

  expect(outcome).toEqual({
    kind: 'SUCCEEDED',
    answer: { outTradeNo: 'T1', tradeNo: 'A1', closeTime: 'simulated' },
  });
  await alipay.close();
  await simulator.close();
});
`;

test('a generated operation is formatted, compiles, and passes; the simulator answers it', async () => {
  const tree = new FsTree(place, false);
  await operationGenerator(tree, {
    service: 'alipay.acquire.close',
    parameters: 'out_trade_no,trade_no?',
    answers: 'trade_no?,close_time',
  });
  const changed = tree.listChanges();
  flushChanges(place, changed);
  writeFileSync(
    join(place, 'apps/gateway-simulator/test/acquire-close.test.ts'),
    AGAINST_THE_SIMULATOR,
  );

  // In Jest, Nx finds no prettier to load: its command does what Nx does outside.
  await node(bin('prettier/bin/prettier.cjs'), '--write', ...changed.map(({ path }) => path));
  await node(
    bin('typescript/bin/tsc'),
    ...['-b', 'libs/alipay-services', 'apps/gateway-simulator/tsconfig.lib.json'],
  );
  for (const [project, count] of [
    ['libs/alipay-services', 5],
    ['apps/gateway-simulator', 1],
  ] as const) {
    const config = join(place, project, 'jest.config.cjs');
    const told = await node(bin('jest/bin/jest.js'), '-c', config, 'acquire-close');
    expect(told).toContain(`Tests:       ${count} passed, ${count} total`);
  }
});
