/** What Jest's report says, in numbers and names. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Of those, the ones that a program would be needed for which this machine lacks, by its name. */
  readonly skippedFor: Readonly<Record<string, number>>;
  /** Each failure in a line: the file, and the test where there is one. */
  readonly failures: readonly string[];
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly SuiteReport[];
}

interface SuiteReport {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

/**
 * Counts a report. A suite that could not run is a failure; so is a run that executed no test,
 * left no report, or ended badly although every test passed.
 */
export function countTests(report: unknown, exitCode: number | null): TestCount {
  if (!isReport(report)) {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      skippedFor: {},
      failures: ['the test runner left no report'],
    };
  }
  const failures = report.testResults.flatMap(failuresOf);
  const ran = report.numPassedTests + report.numFailedTests;
  if (ran === 0) failures.push('no test was executed');
  if (failures.length === 0 && exitCode !== 0) {
    failures.push(`every test passed, but the test runner ended with exit ${String(exitCode)}`);
  }
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    skippedFor: countNeeds(report.testResults),
    failures,
  };
}

/** A test says in its name what it was skipped for. */
const NEED = /\(needs ([^)]+)\)$/;

function countNeeds(suites: readonly SuiteReport[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fullName, status } of suites.flatMap(({ assertionResults }) => assertionResults)) {
    const need = status === 'pending' ? NEED.exec(fullName)?.[1] : undefined;
    if (need !== undefined) counts[need] = (counts[need] ?? 0) + 1;
  }
  return counts;
}

/** One line about what was left out, and why; null when nothing was. */
export function skippedLine({ skipped, skippedFor }: TestCount): string | null {
  if (skipped === 0) return null;
  const needs = Object.entries(skippedFor);
  const others = skipped - needs.reduce((sum, [, count]) => sum + count, 0);
  const parts = needs.map(([need, count]) => `${count} for want of ${need}`);
  if (others > 0) parts.push(`${others} for other reasons`);
  return `${skipped} skipped: ${parts.join(', ')}`;
}

function failuresOf(suite: SuiteReport): string[] {
  const failed = suite.assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => `${suite.name}: ${fullName}`);
  // A suite with tests left out is called 'focused' or 'pending'; only 'failed' is a failure.
  if (failed.length > 0 || suite.status !== 'failed') return failed;
  return [`${suite.name}: the file could not be run`];
}

function isReport(value: unknown): value is Report {
  return (
    typeof value === 'object' &&
    value !== null &&
    'numPassedTests' in value &&
    typeof value.numPassedTests === 'number' &&
    'testResults' in value &&
    Array.isArray(value.testResults)
  );
}
