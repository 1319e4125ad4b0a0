import { join } from 'node:path';

import { type Tree } from '@nx/devkit';
import { FsTree } from 'nx/src/generators/tree';

import { operationGenerator, type OperationOptions } from '../src';

const REPOSITORY = join(__dirname, '../../..');

/** This workspace as it is; nothing is written to it. */
let tree: Tree;

beforeEach(() => {
  tree = new FsTree(REPOSITORY, false);
});

const close: OperationOptions = {
  service: 'alipay.acquire.close',
  parameters: 'out_trade_no,trade_no?',
  answers: 'trade_no?',
};

test.each<[string, Partial<OperationOptions>]>([
  ['Close is no name of a service', { service: 'Close' }],
  ['parameters begins with the id', { parameters: '' }],
  ['parameters begins with the id', { parameters: 'trade_no?' }],
  ['tradeNo is no name of a field', { parameters: 'tradeNo' }],
  ['out_trade_no stands there twice', { parameters: 'out_trade_no,out_trade_no' }],
  ['sign is sent by every call', { parameters: 'out_trade_no,sign' }],
  ['spot-refund.ts is there already', { service: 'alipay.acquire.overseas.spot.refund' }],
])('refused: %s', async (complaint, wrong) => {
  await expect(operationGenerator(tree, { ...close, ...wrong })).rejects.toThrow(complaint);

  expect(tree.listChanges()).toEqual([]);
});

test('a file in which nothing can be put in its place is not guessed at', async () => {
  tree.write('libs/alipay-services/src/index.ts', 'export {};');

  await expect(operationGenerator(tree, close)).rejects.toThrow(
    'libs/alipay-services/src/index.ts has changed',
  );
});

test('the client, its index, its README and the simulator know the new operation', async () => {
  await operationGenerator(tree, close);

  expect(tree.listChanges().map(({ type, path }) => `${type} ${path}`)).toEqual([
    'CREATE libs/alipay-services/src/operations/acquire-close.ts',
    'CREATE libs/alipay-services/test/acquire-close.test.ts',
    'CREATE apps/gateway-simulator/src/services/acquire-close.ts',
    'UPDATE libs/alipay-services/src/alipay-client.ts',
    'UPDATE libs/alipay-services/src/index.ts',
    'UPDATE libs/alipay-services/README.md',
    'UPDATE apps/gateway-simulator/src/services/service-table.ts',
  ]);
  const written = (path: string): string => tree.read(path, 'utf8') ?? '';
  expect(written('libs/alipay-services/src/alipay-client.ts')).toContain(
    'readonly acquireClose: Call<AcquireCloseRequest, AcquireCloseAnswer>;',
  );
  expect(written('libs/alipay-services/src/index.ts')).toContain(
    "export { checkAcquireClose } from './operations/acquire-close';",
  );
  expect(written('apps/gateway-simulator/src/services/service-table.ts')).toContain(
    '    acquireClose,\n',
  );
});
