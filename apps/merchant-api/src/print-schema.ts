import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { printApiSchema } from './graphql/printed-schema';

/** Writes schema.graphql from the code, or with --check says whether it is up to date. */
const schemaPath = join(__dirname, '..', 'schema.graphql');
const printed = printApiSchema();

if (!process.argv.includes('--check')) {
  writeFileSync(schemaPath, printed);
  process.stdout.write(`wrote ${schemaPath}\n`);
} else if (readFileSync(schemaPath, 'utf8') !== printed) {
  process.stderr.write('schema.graphql is not what the code says: run print-schema.\n');
  process.exitCode = 1;
}
