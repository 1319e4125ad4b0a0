/** Lets a plain Node process of a test require TypeScript sources, just as the tests themselves do. */
const Module = require('node:module');

const { transformFileSync } = require('@swc/core');
const { transform } = require('../../../jest.preset.js');

const [[, [, options]]] = Object.entries(transform);

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformFileSync(filename, { ...options, swcrc: false });
  module._compile(code, filename);
};

/** A source imports `./measure.js` late, which stands beside it as `measure.ts`. */
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, parent, ...more) => {
  const isOurs = parent?.filename?.endsWith('.ts') && /^\.{1,2}\/.*\.js$/.test(request);
  return resolve(isOurs ? request.replace(/\.js$/, '.ts') : request, parent, ...more);
};
