import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { readExampleOperations } from './explorer/example-operations';
import {
  printAccessPage,
  printApiSchema,
  printErrorCodesPage,
  printLimitsPage,
} from './graphql/printed-schema';

/** Writes what is printed from the code, or with --check says whether it is up to date. */
const schemaPath = join(__dirname, '..', 'schema.graphql');
const docs = join(__dirname, '..', '..', '..', 'docs');
const accessPath = join(docs, 'access.md');
const errorCodesPath = join(docs, 'error-codes.md');
const printed = [
  [schemaPath, printApiSchema()],
  [accessPath, printAccessPage(readFileSync(accessPath, 'utf8'))],
  [errorCodesPath, printErrorCodesPage()],
  [join(docs, 'limits.md'), printLimitsPage(readExampleOperations())],
] as const;

for (const [path, text] of printed) {
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
    process.stdout.write(`wrote ${path}\n`);
  } else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${path} is not what the code says: run print-schema.\n`);
    process.exitCode = 1;
  }
}
