import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startThrowawayPostgres } from '@countersign/postgres';
import { REPOSITORY } from '../repository';
import { countTests, skippedLine, type TestCount } from './count-tests';
import { runToEnd } from './run-to-end';

const JEST = join(REPOSITORY, 'node_modules/jest/bin/jest.js');
const END_WITHIN_S = 30;
/** Each file loads the product anew: with room for that, less time goes into collecting garbage. */
const ROOM_FOR_THE_YOUNG = '--max-semi-space-size=32';

/** Runs Jest with a PostgreSQL of the run's own, unless one is given, and counts what it reports. */
export async function runJest(
  args: readonly string[],
  { env, stop }: { readonly env: NodeJS.ProcessEnv; readonly stop: AbortSignal },
): Promise<TestCount> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-npm-test-'));
  const given = env['TEST_DATABASE_URL'] ?? env['DATABASE_URL'];
  const server = given === undefined || given === '' ? await startThrowawayPostgres() : null;
  try {
    const reportFile = join(folder, 'report.json');
    const overdue = watchForOverdueEnd(reportFile);
    const { code } = await runToEnd(
      [ROOM_FOR_THE_YOUNG, JEST, '--ci', '--json', `--outputFile=${reportFile}`, ...args],
      {
        env: { ...env, TEST_DATABASE_URL: server?.url ?? given },
        cwd: REPOSITORY,
        stop: AbortSignal.any([stop, overdue.signal]),
        isShown: true,
      },
    );
    overdue.release();
    return countTests(readReport(reportFile), code);
  } finally {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A test that leaves something open keeps Jest from ending, for ever, after it has reported. */
function watchForOverdueEnd(reportFile: string): { signal: AbortSignal; release(): void } {
  const overdue = new AbortController();
  let seconds = 0;
  const watch = setInterval(() => {
    seconds = existsSync(reportFile) ? seconds + 1 : 0;
    if (seconds === END_WITHIN_S) {
      print(
        `Jest has reported and does not end within ${END_WITHIN_S} s: a test left something open.`,
      );
      overdue.abort();
    }
  }, 1_000);
  return {
    signal: overdue.signal,
    release: () => {
      clearInterval(watch);
    },
  };
}

/** What failed, by name, and in the line that ends it how many were skipped, and why. */
export function tellFailures(count: TestCount): void {
  const { failures } = count;
  if (failures.length > 0) {
    print(
      `\nFailed:\n${failures.map((line) => `  ${line.replace(`${REPOSITORY}/`, '')}`).join('\n')}`,
    );
  }
  print('');
  const skipped = skippedLine(count);
  if (skipped !== null) print(skipped);
}

function readReport(file: string): unknown {
  try {
    const report: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return report;
  } catch {
    return null; // it was ended before it could write one
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
