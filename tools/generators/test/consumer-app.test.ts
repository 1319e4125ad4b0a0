import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { readJson, type Tree } from '@nx/devkit';

import { consumerAppGenerator } from '../src';

let tree: Tree;

beforeEach(() => {
  tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
});

test.each(['apps/Counter', 'apps/7', ''])('%j is no folder for an app', async (directory) => {
  await expect(consumerAppGenerator(tree, { directory })).rejects.toThrow('is no name of an app');
});

test('nothing that is there is written over', async () => {
  tree.write('apps/counter/src/main.ts', 'mine');

  await expect(consumerAppGenerator(tree, { directory: 'apps/counter' })).rejects.toThrow(
    'apps/counter is there already',
  );
});

test('a version that the workspace has already stays', async () => {
  const dependencies = { '@countersign/alipay-protocol': '0.0.9' };
  tree.write('package.json', JSON.stringify({ name: 'shop', dependencies }));

  await consumerAppGenerator(tree, { directory: 'apps/counter', skipInstall: true });

  expect(readJson(tree, 'package.json')).toMatchObject({
    dependencies: { '@countersign/alipay-protocol': '0.0.9' },
  });
});

test('a project of Nx, and a package that can also be built without it', async () => {
  await consumerAppGenerator(tree, { directory: 'apps/counter', skipInstall: true });

  expect(readJson(tree, 'apps/counter/project.json')).toMatchObject({
    name: 'counter',
    projectType: 'application',
    targets: { build: {}, serve: {}, test: {} },
  });
  expect(readJson(tree, 'apps/counter/package.json')).toMatchObject({
    name: 'counter',
    scripts: { build: expect.any(String) as string, test: expect.any(String) as string },
    dependencies: readJson<{ dependencies: object }>(tree, 'package.json').dependencies,
  });
  expect(tree.children('apps/counter/src').sort()).toEqual(
    ['counter.ts', 'main.ts', 'notifications.ts', 'server.ts', 'settings.ts'].sort(),
  );
});
