import { type Database, type DomainLog, findWhereabouts } from '@countersign/merchant-domain';

import { type Repeated, runRepeatedly } from './run-repeatedly';

const watchEveryMs = 2_000;

/**
 * Tells when a backup was read back while this process ran. What it knows by heart (how far events were
 * read, say) is of books that are no more: it has to end, and starts again with what they say now.
 */
export async function startBooksWatch(
  { manager }: Database,
  log: DomainLog,
  replaced: () => void,
): Promise<Repeated> {
  const { here } = await findWhereabouts(manager);
  return runRepeatedly({
    name: 'books watch',
    everyMs: watchEveryMs,
    log,
    turn: async () => {
      if ((await findWhereabouts(manager)).here !== here) replaced();
    },
  });
}
