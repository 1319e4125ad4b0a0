import { expectSumsAgree } from '../expect-sums-agree';
import type { Site } from './site';

/** Whether the books can be reckoned again from every message and call on record. */
export async function judgeSums(site: Site): Promise<string[]> {
  return expectSumsAgree(site.databaseUrl, { now: site.now, withinMs: 0 }).then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
}
