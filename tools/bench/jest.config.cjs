const preset = require('../../jest.preset.js');

module.exports = {
  ...preset,
  displayName: 'bench',
  rootDir: __dirname,
  // Each puts up servers and books of its own: in the deep run.
  testPathIgnorePatterns: [...preset.testPathIgnorePatterns, '\\.deep\\.test\\.ts$'],
};
