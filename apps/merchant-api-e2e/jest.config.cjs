const preset = require('../../jest.preset.js');

module.exports = {
  ...preset,
  displayName: 'merchant-api-e2e',
  rootDir: __dirname,
  testPathIgnorePatterns: [...preset.testPathIgnorePatterns, '\\.deep\\.test\\.ts$'],
  globalSetup: '../../tools/postgres/src/jest-global-setup.ts',
  globalTeardown: '../../tools/postgres/src/jest-global-teardown.ts',
};
