module.exports = {
  ...require('../../jest.preset.js'),
  displayName: 'alipay-services',
  rootDir: __dirname,
};
