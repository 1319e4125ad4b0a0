import {
  catchUpStatements,
  type Domain,
  type DomainLog,
  type StatementFolder,
} from '@countersign/merchant-domain';

import { type Repeated, runRepeatedly } from './run-repeatedly';

const reconcilePollMs = 15 * 60_000;

/**
 * Fetches the statement files that have come since, also after days of downtime. A server that lets
 * nobody in is soon left alone until the next turn: it may lock whoever knocks too often.
 */
export function startReconcileWorker(
  domain: Domain,
  statementFiles: StatementFolder,
  log: DomainLog,
): Repeated {
  return runRepeatedly({
    name: 'statements',
    everyMs: reconcilePollMs,
    failurePauseMaxMs: reconcilePollMs,
    log,
    turn: async () => {
      await catchUpStatements({ ...domain, statementFiles });
    },
  });
}
