import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { REPOSITORY, runBounded } from '../src';

const JEST = join(REPOSITORY, 'node_modules/jest/bin/jest.js');
const TIMEOUT_MS = 900_000;

/** Beijing time, whatever the machine's own clock shows; New York's skips an hour and shows one twice. */
const ZONES = ['UTC', 'America/New_York', 'Asia/Kolkata'];
/** Every test of the two packages, and of the domain all that reckons with days. */
const PROJECTS: readonly (readonly [project: string, tests: readonly string[]])[] = [
  ['libs/alipay-protocol', []],
  ['libs/alipay-services', []],
  ['libs/merchant-domain', ['report', 'statement', 'matching', 'cancel', 'missing-days']],
];

let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'countersign-zones-'));
});
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

describe.each(ZONES)('where the clock is that of %s', (zone) => {
  test.each(PROJECTS)('the tests of %s pass (%j)', async (project, tests) => {
    const report = join(place, `${zone}-${project}`.replaceAll('/', '-'));
    await runBounded(
      [JEST, '-c', `${project}/jest.config.cjs`, '--json', `--outputFile=${report}`, ...tests],
      {
        cwd: REPOSITORY,
        env: { TZ: zone, TEST_DATABASE_URL: process.env['TEST_DATABASE_URL'] ?? '' },
        timeoutMs: TIMEOUT_MS,
      },
    );

    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    expect(numFailedTests).toBe(0);
    expect(numPassedTests).toBeGreaterThan(20);
    process.stdout.write(`${zone}: ${numPassedTests} tests of ${project} passed\n`);
  });
});
