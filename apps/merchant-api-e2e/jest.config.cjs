module.exports = { ...require('../../jest.preset.js'), displayName: 'merchant-api-e2e', rootDir: __dirname };
