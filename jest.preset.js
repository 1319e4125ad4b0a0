const swc = (parser) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser,
      transform: {
        legacyDecorator: true,
        decoratorMetadata: false,
        useDefineForClassFields: false,
      },
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/** What every project's tests share: SWC, the sources of our own packages, a real PostgreSQL. */
module.exports = {
  testEnvironment: require.resolve('./jest.environment.cjs'),
  testTimeout: 60_000,
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': swc({ syntax: 'typescript', decorators: true }),
    // An ES module only, which Node requires as it is, and Jest does not.
    '/node_modules/jose/.+\\.js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: ['/node_modules/(?!jose/)', '\\.pnp\\.[^\\/]+$'],
  testEnvironmentOptions: {
    customExportConditions: ['@countersign/source', 'node', 'node-addons', 'require', 'default'],
  },
};
