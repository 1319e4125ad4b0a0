module.exports = {
  ...require('../../jest.preset.js'),
  displayName: 'merchant-api-e2e',
  rootDir: __dirname,
  globalSetup: '../../tools/postgres/src/jest-global-setup.ts',
  globalTeardown: '../../tools/postgres/src/jest-global-teardown.ts',
};
