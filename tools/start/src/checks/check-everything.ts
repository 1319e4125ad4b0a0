import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startThrowawayPostgres } from '@countersign/postgres';
import { REPOSITORY } from '../repository';
import { listenForStop } from '../supervision/stop-signals';
import type { Environment } from '../environment';
import { countTests, type TestCount } from './count-tests';
import { fingerprintOf } from './fingerprint';
import { runToEnd, type Outcome } from './run-to-end';

interface Check {
  readonly name: string;
  readonly args: readonly string[];
  readonly remedy: string;
}

const END_WITHIN_S = 30;
const NPM_BIN = join(REPOSITORY, 'node_modules');

function checks(): readonly Check[] {
  const configs = projects().filter((project) => existsSync(join(project, 'tsconfig.json')));
  return [
    {
      name: 'format',
      args: [join(NPM_BIN, 'prettier/bin/prettier.cjs'), '--check', '.'],
      remedy: 'npm run format',
    },
    {
      name: 'lint',
      args: [join(NPM_BIN, 'eslint/bin/eslint.js'), '--max-warnings=0', '.'],
      remedy: 'npm run lint',
    },
    {
      name: 'types',
      args: [join(NPM_BIN, 'typescript/bin/tsc'), '-b', '--pretty', 'false', ...configs],
      remedy: 'npm run typecheck',
    },
  ];
}

/** `npm test`: every check and every test. Prints what failed and, last, how many. */
export async function checkEverything(env: Environment): Promise<number> {
  const signals = listenForStop();
  const isStopped = (): boolean => signals.asked.aborted;
  const childEnv: NodeJS.ProcessEnv = {
    ...env,
    ...colours(process.stdout.isTTY),
    NODE_ENV: 'test',
    NX_DAEMON: 'false',
    CI: 'true',
  };
  try {
    const verdicts = await runChecks(childEnv, signals.asked);
    if (isStopped()) return 130;
    const tests = await runTests(childEnv, signals.asked);
    if (isStopped()) return 130;

    const passed = verdicts.filter((isGood) => isGood).length + tests.passed;
    const failed = verdicts.filter((isGood) => !isGood).length + tests.failed;
    tell(tests);
    print(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    signals.release();
  }
}

/** Through a pipe the programs cannot see where their words end up. */
function colours(isTerminal: boolean): NodeJS.ProcessEnv {
  return isTerminal
    ? { FORCE_COLOR: '1', NO_COLOR: undefined }
    : { FORCE_COLOR: undefined, NO_COLOR: '1' };
}

/**
 * The three checks at the same time, told in order. A tree that has passed them before is not
 * checked again: the fingerprint covers every file they read.
 */
async function runChecks(env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<readonly boolean[]> {
  const fingerprint = fingerprintOf(REPOSITORY);
  const running = checks().map(async (check) => {
    const stamp = join(REPOSITORY, '.nx', `passed-${check.name}`);
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return { check };
    const outcome = await runToEnd(check.args, { env, cwd: REPOSITORY, stop });
    if (outcome.code === 0) {
      mkdirSync(join(REPOSITORY, '.nx'), { recursive: true });
      writeFileSync(stamp, fingerprint);
    }
    return { check, outcome };
  });
  const verdicts: boolean[] = [];
  for (const done of running) {
    const verdict = await done;
    if (!stop.aborted) verdicts.push(report(verdict));
  }
  return verdicts;
}

function report({
  check,
  outcome,
}: {
  readonly check: Check;
  readonly outcome?: Outcome;
}): boolean {
  if (outcome === undefined) {
    print(`✓ ${check.name} (nothing has changed)`);
    return true;
  }
  if (outcome.code === 0) {
    print(`✓ ${check.name}`);
    return true;
  }
  print(`✗ ${check.name} (\`${check.remedy}\`)\n${outcome.output.trim()}\n`);
  return false;
}

async function runTests(env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<TestCount> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-npm-test-'));
  const given = env['TEST_DATABASE_URL'] ?? env['DATABASE_URL'];
  const server = given === undefined || given === '' ? await startThrowawayPostgres() : null;
  try {
    const reportFile = join(folder, 'report.json');
    const overdue = watchForOverdueEnd(reportFile);
    const { code } = await runToEnd(jestArguments(reportFile), {
      env: { ...env, TEST_DATABASE_URL: server?.url ?? given },
      cwd: REPOSITORY,
      stop: AbortSignal.any([stop, overdue.signal]),
      isShown: true,
    });
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

const TEST_TIMEOUT_MS = 60_000;

function jestArguments(reportFile: string): string[] {
  return [
    join(NPM_BIN, 'jest/bin/jest.js'),
    '--ci',
    // Per project Jest would ignore it. Busy machines are slow, and a test that hangs still ends.
    `--testTimeout=${TEST_TIMEOUT_MS}`,
    '--json',
    `--outputFile=${reportFile}`,
    `--maxWorkers=${Math.max(availableParallelism(), 2)}`,
    '--projects',
    ...projects().filter((project) => existsSync(join(project, 'jest.config.cjs'))),
  ];
}

function tell({ failures, skipped }: TestCount): void {
  if (failures.length > 0) {
    print(
      `\nFailed:\n${failures.map((line) => `  ${line.replace(`${REPOSITORY}/`, '')}`).join('\n')}`,
    );
  }
  if (skipped > 0) print(`\n${skipped} skipped`);
  print('');
}

function projects(): readonly string[] {
  return ['libs', 'apps', 'tools'].flatMap((kind) => {
    const parent = join(REPOSITORY, kind);
    if (!existsSync(parent)) return [];
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(parent, entry.name));
  });
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
