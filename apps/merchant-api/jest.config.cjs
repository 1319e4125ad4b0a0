module.exports = { ...require('../../jest.preset.js'), displayName: 'merchant-api', rootDir: __dirname };
