const preset = require('../../jest.preset.js');

module.exports = {
  ...preset,
  displayName: 'generators',
  rootDir: __dirname,
  // These compile, install and run whole workspaces: in the deep run.
  testPathIgnorePatterns: [...preset.testPathIgnorePatterns, '\\.deep\\.test\\.ts$'],
};
