import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../repository';
import { listenForStop } from '../supervision/stop-signals';
import type { Environment } from '../environment';
import { fingerprintOf } from './fingerprint';
import { runJest, tellFailures } from './run-jest';
import { runToEnd, type Outcome } from './run-to-end';

interface Check {
  readonly name: string;
  readonly args: readonly string[];
  readonly remedy: string;
  /** It goes on beside the tests and gives way to them; they need what the others leave behind. */
  readonly isPatient?: boolean;
}

interface Verdict {
  readonly check: Check;
  readonly isGood: boolean;
}

const NPM_BIN = join(REPOSITORY, 'node_modules');

function checks(): readonly Check[] {
  const configs = projects().filter((project) => existsSync(join(project, 'tsconfig.json')));
  return [
    {
      name: 'format',
      args: [join(NPM_BIN, 'prettier/bin/prettier.cjs'), '--check', '.'],
      remedy: 'npm run format',
      isPatient: true,
    },
    {
      name: 'lint',
      args: [
        join(NPM_BIN, 'oxlint/bin/oxlint'),
        '--deny-warnings',
        '--report-unused-disable-directives',
        '.',
      ],
      remedy: 'npm run lint',
      isPatient: true,
    },
    {
      name: 'lint of GraphQL',
      args: [join(NPM_BIN, 'eslint/bin/eslint.js'), '--max-warnings=0', '.'],
      remedy: 'npm run lint',
      isPatient: true,
    },
    {
      name: 'types',
      args: [
        join(REPOSITORY, 'tools/start/bootstrap/compile.mjs'),
        '-b',
        '--pretty',
        'false',
        ...configs,
      ],
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
    const { first, all } = runChecks(childEnv, signals.asked);
    await first;
    if (isStopped()) return 130;
    const tests = await runJest(everyTest(), { env: childEnv, stop: signals.asked });
    const verdicts = await all;
    if (isStopped()) return 130;

    const bad = verdicts.filter(({ isGood }) => !isGood);
    const passed = verdicts.length - bad.length + tests.passed;
    const failed = bad.length + tests.failed;
    tellFailures({
      ...tests,
      failures: [
        ...bad.map(({ check }) => `${check.name} (\`${check.remedy}\`)`),
        ...tests.failures,
      ],
    });
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
 * The checks at the same time, each told when it is known. A tree that has passed them before is not
 * checked again: the fingerprint covers every file they read.
 */
function runChecks(
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
): { readonly first: Promise<unknown>; readonly all: Promise<readonly Verdict[]> } {
  const fingerprint = fingerprintOf(REPOSITORY);
  const run = async (check: Check): Promise<Verdict> => {
    const stamp = join(REPOSITORY, '.nx', `passed-${check.name}`);
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return report(check);
    const { args, isPatient } = check;
    const outcome = await runToEnd(args, { env, cwd: REPOSITORY, stop, isPatient });
    if (outcome.code === 0) {
      mkdirSync(join(REPOSITORY, '.nx'), { recursive: true });
      writeFileSync(stamp, fingerprint);
    }
    return stop.aborted ? { check, isGood: false } : report(check, outcome);
  };
  const running = checks().map((check) => ({ check, verdict: run(check) }));
  const all = Promise.all(running.map(({ verdict }) => verdict));
  const isFirst = ({ check }: { readonly check: Check }): boolean => check.isPatient !== true;
  const first = Promise.all(running.filter(isFirst).map(({ verdict }) => verdict));
  all.catch(() => undefined); // whoever waits for it hears
  return { first, all };
}

function report(check: Check, outcome?: Outcome): Verdict {
  if (outcome === undefined) print(`✓ ${check.name} (nothing has changed)`);
  else if (outcome.code === 0) print(`✓ ${check.name}`);
  else print(`✗ ${check.name} (\`${check.remedy}\`)\n${outcome.output.trim()}\n`);
  return { check, isGood: outcome === undefined || outcome.code === 0 };
}

const TEST_TIMEOUT_MS = 60_000;

function everyTest(): string[] {
  return [
    // Per project Jest would ignore it. Busy machines are slow, and a test that hangs still ends.
    `--testTimeout=${TEST_TIMEOUT_MS}`,
    // Half of the time of a test is waiting: for time-outs, pauses, and the database.
    `--maxWorkers=${Math.max(availableParallelism(), 2) * 2}`,
    `--testSequencer=${join(REPOSITORY, 'tools/start/long-tests-first.cjs')}`,
    '--projects',
    ...projects().filter((project) => existsSync(join(project, 'jest.config.cjs'))),
  ];
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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
