import { join } from 'node:path';
import { startThrowawayPostgres } from '@countersign/postgres';
import { REPOSITORY } from '../repository';
import { listenForStop } from '../supervision/stop-signals';
import type { Environment } from '../environment';
import { runToEnd } from './run-to-end';

const STRYKER = join(REPOSITORY, 'node_modules/@stryker-mutator/core/bin/stryker.js');
const CONFIG = join(REPOSITORY, 'stryker.config.mjs');
const GROUPS: readonly string[] = ['rules', 'verifier', 'settle', 'witnesses'];

/**
 * `npm run test:mutation`: changes the code in every small way, and fails where the tests notice
 * too little of it (docs/mutation-testing.md). It takes hours. Words after `--` choose among the
 * groups; all others are Stryker's own options.
 */
export async function checkMutants(env: Environment, args: readonly string[]): Promise<number> {
  const chosen = GROUPS.filter((group) => args.includes(group));
  const options = args.filter((word) => !GROUPS.includes(word));
  const signals = listenForStop();
  const server = await startThrowawayPostgres();
  try {
    const failed: string[] = [];
    for (const group of chosen.length === 0 ? GROUPS : chosen) {
      const { code } = await runToEnd([STRYKER, 'run', CONFIG, ...options], {
        env: {
          ...env,
          NODE_ENV: 'test',
          MUTATION_GROUP: group,
          TEST_DATABASE_URL: server.url,
          COUNTERSIGN_TEST_RUN: group,
        },
        cwd: REPOSITORY,
        stop: signals.asked,
        isShown: true,
      });
      if (signals.asked.aborted) return 130;
      if (code !== 0) failed.push(group);
    }
    if (failed.length > 0) process.stdout.write(`Below the score: ${failed.join(', ')}\n`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await server.close();
    signals.release();
  }
}
