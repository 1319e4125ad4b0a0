const preset = require('../../jest.preset.js');

module.exports = {
  ...preset,
  displayName: 'packages',
  rootDir: __dirname,
  // These compile, install and run whole workspaces: in the deep run.
  testPathIgnorePatterns: [...preset.testPathIgnorePatterns, '\\.deep\\.test\\.ts$'],
  globalSetup: '../postgres/src/jest-global-setup.ts',
  globalTeardown: '../postgres/src/jest-global-teardown.ts',
};
