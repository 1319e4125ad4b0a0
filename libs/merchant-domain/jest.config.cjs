module.exports = {
  ...require('../../jest.preset.js'),
  displayName: 'merchant-domain',
  rootDir: __dirname,
  globalSetup: '<rootDir>/../../tools/postgres/src/jest-global-setup.ts',
  globalTeardown: '<rootDir>/../../tools/postgres/src/jest-global-teardown.ts',
};
