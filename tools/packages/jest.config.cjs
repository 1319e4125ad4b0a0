module.exports = {
  ...require('../../jest.preset.js'),
  displayName: 'packages',
  rootDir: __dirname,
  globalSetup: '../postgres/src/jest-global-setup.ts',
  globalTeardown: '../postgres/src/jest-global-teardown.ts',
};
