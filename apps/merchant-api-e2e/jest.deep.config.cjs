/** The exhaustive runs: hours rather than minutes, so apart from `npm test`. */
module.exports = {
  ...require('./jest.config.cjs'),
  displayName: 'merchant-api-e2e deep',
  roots: [
    __dirname,
    ...['bench', 'generators', 'packages'].map((tool) => `${__dirname}/../../tools/${tool}/test`),
  ],
  testMatch: ['**/*.deep.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 3 * 60 * 60_000,
};
