module.exports = { ...require('../../jest.preset.js'), displayName: 'merchant-domain', rootDir: __dirname };
