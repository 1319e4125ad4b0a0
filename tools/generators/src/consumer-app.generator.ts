import { join } from 'node:path';

import {
  addDependenciesToPackageJson,
  addProjectConfiguration,
  formatFiles,
  generateFiles,
  type GeneratorCallback,
  type Tree,
} from '@nx/devkit';

import { OWN_VERSION } from './own-version';

export interface ConsumerAppOptions {
  /** Where it goes, such as `apps/counter`. */
  readonly directory: string;
  readonly name?: string;
  readonly skipInstall?: boolean;
}

/** Packages that the app stands on; those it tests with are apart. */
const DEPENDENCIES = {
  '@countersign/alipay-protocol': OWN_VERSION,
  '@countersign/alipay-services': OWN_VERSION,
};
const TEST_DEPENDENCIES = {
  '@countersign/gateway-simulator': OWN_VERSION,
  '@types/node': '^20.19.0',
  typescript: '>=5.7.0 <7',
};

/**
 * `nx g @countersign/generators:consumer-app apps/counter`: an app of somebody else's that makes a
 * code, hears of payments and refunds them, with a test of its own against the simulator.
 */
export async function consumerAppGenerator(
  tree: Tree,
  { directory, name = lastPart(directory), skipInstall = false }: ConsumerAppOptions,
): Promise<GeneratorCallback> {
  if (!NAME.test(name)) {
    throw new Error(`${name} is no name of an app: lower case letters, digits and dashes.`);
  }
  if (tree.exists(directory)) throw new Error(`${directory} is there already.`);
  generateFiles(tree, join(__dirname, '../files/consumer-app'), directory, {
    name,
    dependencies: DEPENDENCIES,
    testDependencies: TEST_DEPENDENCIES,
  });
  addProjectConfiguration(tree, name, {
    root: directory,
    projectType: 'application',
    sourceRoot: `${directory}/src`,
    targets: {
      build: { command: 'npm run build', options: { cwd: directory } },
      serve: { command: 'npm start', dependsOn: ['build'], options: { cwd: directory } },
      test: { command: 'npm test', options: { cwd: directory } },
    },
  });
  const install = addDependenciesToPackageJson(
    tree,
    DEPENDENCIES,
    TEST_DEPENDENCIES,
    undefined,
    true, // a version that the workspace has already is its own decision
  );
  await formatFiles(tree);
  return skipInstall ? () => undefined : install;
}

// Nx takes the default export of the file that `generators.json` names.
// oxlint-disable-next-line import/no-default-export
export default consumerAppGenerator;

const NAME = /^[a-z][a-z0-9-]*$/;

function lastPart(directory: string): string {
  return directory.split('/').filter(Boolean).at(-1) ?? '';
}
