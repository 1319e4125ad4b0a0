import { join } from 'node:path';
import { REPOSITORY } from '../repository';
import { listenForStop } from '../supervision/stop-signals';
import type { Environment } from '../environment';
import { runJest, tellFailures } from './run-jest';

const CONFIG = join(REPOSITORY, 'apps/merchant-api-e2e/jest.deep.config.cjs');

/**
 * `npm run test:deep`: the exhaustive runs of money safety, which take hours. Words after `--`
 * choose among them by file name. The last line tells how many passed.
 */
export async function checkDeeply(env: Environment, args: readonly string[]): Promise<number> {
  const signals = listenForStop();
  try {
    const tests = await runJest(['-c', CONFIG, '--verbose', ...args], {
      env: { ...env, NODE_ENV: 'test' },
      stop: signals.asked,
    });
    if (signals.asked.aborted) return 130;
    tellFailures(tests);
    process.stdout.write(`${tests.passed} passed, ${tests.failed} failed\n`);
    return tests.failed === 0 ? 0 : 1;
  } finally {
    signals.release();
  }
}
