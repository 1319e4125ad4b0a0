module.exports = {
  ...require('../../jest.preset.js'),
  displayName: 'alipay-protocol',
  rootDir: __dirname,
};
