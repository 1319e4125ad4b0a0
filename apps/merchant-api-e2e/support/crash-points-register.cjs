/** Lets a plain Node process require the TypeScript sources just as the tests do. */
const { transformFileSync } = require('@swc/core');
const { transform } = require('../../../jest.preset.js');

const [[, [, options]]] = Object.entries(transform);

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformFileSync(filename, { ...options, swcrc: false });
  module._compile(code, filename);
};
