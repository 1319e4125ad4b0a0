import { join } from 'node:path';

import { formatFiles, generateFiles, type Tree } from '@nx/devkit';

import { insertBefore } from './insert-before';
import { type OperationNames, operationNames } from './operation-names';

export interface OperationOptions {
  /** The full name, such as `alipay.acquire.close`. */
  readonly service: string;
  readonly name?: string;
  /** By Alipay's names, the id that the answer repeats first: `out_trade_no,trade_no?`. */
  readonly parameters: string;
  readonly answers?: string;
}

const SERVICES = 'libs/alipay-services';
const SIMULATOR = 'apps/gateway-simulator/src/services';

/**
 * `nx g @countersign/generators:operation alipay.acquire.close --parameters out_trade_no,trade_no?`:
 * one more service, in the client, in its tests and in the simulator. What it writes compiles and
 * passes; what Alipay's page says beyond names is for the person who reads it.
 */
export async function operationGenerator(tree: Tree, options: OperationOptions): Promise<void> {
  const names = operationNames(options);
  const { file } = names;
  if (tree.exists(`${SERVICES}/src/operations/${file}.ts`)) {
    throw new Error(`${SERVICES}/src/operations/${file}.ts is there already.`);
  }
  for (const [part, folder] of Object.entries(FOLDERS)) {
    generateFiles(tree, join(__dirname, '../files/operation', part), folder, { ...names });
  }
  addToClient(tree, names);
  addToIndex(tree, names);
  addToReadme(tree, names);
  addToSimulator(tree, names);
  await formatFiles(tree);
}

// Nx takes the default export of the file that `generators.json` names.
// oxlint-disable-next-line import/no-default-export
export default operationGenerator;

const FOLDERS = {
  client: `${SERVICES}/src/operations`,
  test: `${SERVICES}/test`,
  simulator: SIMULATOR,
};

function addToClient(tree: Tree, { name, type, file }: OperationNames): void {
  const path = `${SERVICES}/src/alipay-client.ts`;
  insertBefore(
    tree,
    path,
    "import { type Outcome } from './outcome';",
    `import { ${name}, type ${type}Answer, type ${type}Request } from './operations/${file}';\n`,
  );
  insertBefore(
    tree,
    path,
    '  /** Neither the question nor the answer is signed',
    `  readonly ${name}: Call<${type}Request, ${type}Answer>;\n`,
  );
  insertBefore(tree, path, '    notifyVerify: (request', `    ${name}: via(${name}),\n`);
}

function addToIndex(tree: Tree, { type, file }: OperationNames): void {
  const path = `${SERVICES}/src/index.ts`;
  insertBefore(
    tree,
    path,
    "export { type StoreRegistration } from './store-registration';",
    `export { type ${type}Answer, type ${type}Request } from './operations/${file}';\n`,
  );
  insertBefore(
    tree,
    path,
    "export { checkNotifyVerify } from './operations/notify-verify';",
    `export { check${type} } from './operations/${file}';\n`,
  );
}

function addToReadme(tree: Tree, { name, service, parameters, answers }: OperationNames): void {
  const listed = (all: OperationNames['parameters']): string =>
    all.map(({ property, isOptional }) => `${property}${isOptional ? '?' : ''}`).join(', ');
  insertBefore(
    tree,
    `${SERVICES}/README.md`,
    '| `notifyVerify(',
    `| \`${name}({ ${listed(parameters)} })\` | \`${service}\` | \`{ ${listed(answers)} }\` |\n`,
  );
}

function addToSimulator(tree: Tree, { name, file }: OperationNames): void {
  const path = `${SIMULATOR}/service-table.ts`;
  insertBefore(
    tree,
    path,
    "import type { Service } from './service';",
    `import { ${name} } from './${file}';\n`,
  );
  insertBefore(tree, path, '  ].map((service)', `    ${name},\n`);
}
