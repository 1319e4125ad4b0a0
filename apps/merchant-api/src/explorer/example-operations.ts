import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const OPERATIONS_FOLDER = join(__dirname, '..', '..', 'operations');

/** The example operations, in the order of a merchant's day, which their file names follow. */
export function readExampleOperations(): string[] {
  return readdirSync(OPERATIONS_FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(join(OPERATIONS_FOLDER, name), 'utf8').trim());
}
