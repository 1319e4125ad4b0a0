import { env } from 'node:process';

const PROTOCOL = 'libs/alipay-protocol';
const DOMAIN = 'libs/merchant-domain';

/** What is changed on purpose, and the tests that must notice: docs/mutation-testing.md. */
const GROUPS = {
  rules: {
    project: DOMAIN,
    mutate: [
      `${DOMAIN}/src/**/*.rules.ts`,
      `!${DOMAIN}/src/{statement,sum-check}/**`,
      `${DOMAIN}/src/database/settle-pause.ts`,
    ],
    // Decisions are pure, so their own tables must hold them, without a database.
    tests: ['**/src/**/*.test.ts'],
  },
  verifier: {
    project: PROTOCOL,
    mutate: [
      'answer',
      'fields',
      'form',
      'notification',
      'sign-types',
      'signed-text',
      'verify-fields',
      'xml',
    ].map((file) => `${PROTOCOL}/src/${file}.ts`),
    tests: ['**/mutation/verifier.cjs'],
  },
  settle: {
    project: DOMAIN,
    mutate: [`${DOMAIN}/src/{qr-code,refund,transaction}/settle-*.ts`],
    tests: ['**/test/settle-*.test.ts'],
  },
  // What compares the books with other witnesses: it decides about no money itself.
  witnesses: {
    project: DOMAIN,
    mutate: [`${DOMAIN}/src/{statement,sum-check}/*.rules.ts`],
    tests: ['**/src/**/*.test.ts'],
  },
};

const name = env.MUTATION_GROUP ?? 'rules';
const group = GROUPS[name];
if (group === undefined) {
  throw new Error(`MUTATION_GROUP is none of ${Object.keys(GROUPS).join(', ')}.`);
}

export default {
  testRunner: 'jest',
  jest: {
    projectType: 'custom',
    configFile: `${group.project}/jest.config.cjs`,
    // One PostgreSQL serves the whole run, instead of one for each change.
    config: {
      testMatch: group.tests,
      // A change for which a test waits in vain is noticed sooner than by the time of a busy machine.
      testTimeout: 15_000,
      globalSetup: null,
      globalTeardown: null,
    },
  },
  plugins: ['@stryker-mutator/jest-runner'],
  mutate: group.mutate,
  coverageAnalysis: 'perTest',
  // A copy of what the tests of the group read; all other packages are taken from where they are.
  ignorePatterns: [
    '**',
    '!jest.environment.cjs',
    '!jest.preset.js',
    '!package.json',
    '!tsconfig.base.json',
    `!${group.project}/**`,
    '!tools/postgres/**',
    '**/dist/**',
    '**/*.tsbuildinfo',
  ],
  concurrency: 1,
  timeoutMS: 20_000,
  maxTestRunnerReuse: 20,
  tempDirName: '.stryker/tmp',
  cleanTempDir: 'always',
  reporters: ['clear-text', 'html', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportScoreTable: true },
  htmlReporter: { fileName: `.stryker/reports/${name}.html` },
  jsonReporter: { fileName: `.stryker/reports/${name}.json` },
  thresholds: { high: 95, low: 90, break: 90 },
  allowConsoleColors: false,
};
