import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All packages are released at once and carry one version: that of this package. */
export const OWN_VERSION = (
  JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string }
).version;
