// Says what arethetypeswrong finds in a tarball: an ES module, which Jest does not load.
import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';

const found = await checkPackage(createPackageFromTarballData(readFileSync(process.argv[2])));
process.stdout.write(JSON.stringify({ types: found.types, problems: found.problems ?? [] }));
