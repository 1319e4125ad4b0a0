const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { transformSync } = require('@swc/core');
const { transform } = require('../../../jest.preset.js');

// Lets a plain Node process require the TypeScript sources just as the tests do. Each is transformed
// once: a run starts dozens of processes.
const [[, [, options]]] = Object.entries(transform);
const folder = resolve(__dirname, '../../../.nx/transformed');
mkdirSync(folder, { recursive: true });

require.extensions['.ts'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([options, filename, source]))
    .digest('hex');
  module._compile(
    readOr(join(folder, key), () => transformed(source, filename)),
    filename,
  );
};

function transformed(source, filename) {
  return transformSync(source, { ...options, filename, swcrc: false }).code;
}

function readOr(file, make) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const text = make();
    const half = `${file}.${process.pid}`;
    writeFileSync(half, text);
    renameSync(half, file); // others may be reading it
    return text;
  }
}
