import { countTests, skippedLine } from './count-tests';

const passed = { fullName: 'pays', status: 'passed' };
const failed = { fullName: 'refunds once', status: 'failed' };
const good = suite('passed', [passed]);

function suite(
  status: string,
  assertionResults: readonly object[],
  name = '/till.test.ts',
): object {
  return { name, status, message: '', assertionResults };
}

function report(testResults: readonly object[], counts: object = {}): object {
  return {
    numPassedTests: 1,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults,
    ...counts,
  };
}

test.each([
  ['no report at all', null, 1, ['the test runner left no report']],
  ['half a report', { numPassedTests: 3 }, 0, ['the test runner left no report']],
  [
    'a failed test',
    report([suite('failed', [passed, failed])], { numFailedTests: 1 }),
    1,
    ['/till.test.ts: refunds once'],
  ],
  [
    'a file that could not be run',
    report([good, suite('failed', [])]),
    1,
    ['/till.test.ts: the file could not be run'],
  ],
  ['a run without tests', report([], { numPassedTests: 0 }), 0, ['no test was executed']],
  [
    'a bad end after good tests',
    report([good]),
    1,
    ['every test passed, but the test runner ended with exit 1'],
  ],
])('%s is a failure', (_, found, exitCode, failures) => {
  const count = countTests(found, exitCode);

  expect(count.failures).toEqual(failures);
  expect(count.failed).toBe(1);
});

test('counts tests that passed, and those that were left out', () => {
  const found = report([good, suite('focused', [passed]), suite('pending', [])], {
    numPassedTests: 7,
    numPendingTests: 2,
    numTodoTests: 1,
  });

  expect(countTests(found, 0)).toEqual({
    passed: 7,
    failed: 0,
    skipped: 3,
    skippedFor: {},
    failures: [],
  });
});

test('says in one line what was left out, and for want of which program', () => {
  const skipped = (fullName: string): object => ({ fullName, status: 'pending' });
  const found = report(
    [
      suite('passed', [passed, skipped('hears (needs redis-server)'), skipped('a till by itself')]),
      suite('pending', [
        skipped('nudges (needs redis-server)'),
        skipped('the till (needs Chromium)'),
      ]),
    ],
    { numPendingTests: 4 },
  );

  expect(skippedLine(countTests(found, 0))).toBe(
    '4 skipped: 2 for want of redis-server, 1 for want of Chromium, 1 for other reasons',
  );
  expect(skippedLine(countTests(report([good]), 0))).toBeNull();
});
