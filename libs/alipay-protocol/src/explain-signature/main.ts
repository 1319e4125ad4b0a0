#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';

import { explainSignature } from './explain-signature.command';

void explainSignature(process.argv.slice(2), {
  env: process.env,
  readFile: (path) => readFileSync(path),
  readInput: () => buffer(process.stdin),
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
}).then((exitCode) => {
  process.exitCode = exitCode;
});
