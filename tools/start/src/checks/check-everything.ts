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
}

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
    const verdicts = await runChecks(childEnv, signals.asked);
    if (isStopped()) return 130;
    const tests = await runJest(everyTest(), { env: childEnv, stop: signals.asked });
    if (isStopped()) return 130;

    const passed = verdicts.filter((isGood) => isGood).length + tests.passed;
    const failed = verdicts.filter((isGood) => !isGood).length + tests.failed;
    tellFailures(tests);
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

const TEST_TIMEOUT_MS = 60_000;

function everyTest(): string[] {
  return [
    // Per project Jest would ignore it. Busy machines are slow, and a test that hangs still ends.
    `--testTimeout=${TEST_TIMEOUT_MS}`,
    // Half of the time of a test is waiting: for time-outs, pauses, and the database.
    `--maxWorkers=${Math.max(availableParallelism(), 2) * 2}`,
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
