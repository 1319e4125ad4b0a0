import { crashPostgres } from '@countersign/postgres';

import { books, booksOf, lost } from './acknowledged-books';
import { printNotices } from './acknowledged-sender';
import type { Site } from './acknowledged-site';
import type { Chance } from './chance';

/** Ends something, and answers how it is started again. */
export type Crash = (site: Site) => Promise<() => Promise<void>>;

export const CRASHES = {
  'kill -9 of the API': async (site) => {
    await site.api.kill();
    return () => site.startApi();
  },
  'an immediate stop of PostgreSQL': async (site) => {
    await crashPostgres(site.postgres, 'immediately');
    return () => site.startPostgres();
  },
  'kill -9 of PostgreSQL with all its processes': async (site) => {
    await crashPostgres(site.postgres, 'by force');
    return () => site.startPostgres();
  },
  'kill -9 of both': async (site) => {
    await Promise.all([site.api.kill(), crashPostgres(site.postgres, 'by force')]);
    return async () => {
      await site.startPostgres();
      await site.startApi();
    };
  },
} as const satisfies Record<string, Crash>;

export interface Survived {
  /** Answered `success` when it crashed; the others are sent again. */
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly found: unknown;
  readonly expected: unknown;
}

/** Crashes somewhere in the middle of a stream of messages, and compares the books with the answers. */
export async function crashInStream(
  site: Site,
  crash: Crash,
  { messages, chance }: { readonly messages: number; readonly chance: Chance },
): Promise<Survived> {
  const notices = printNotices(messages);
  const sending = site.send(notices);
  await sending.reached(Math.floor(messages / 10) + chance.below(Math.floor(messages / 2)));

  const startAgain = await crash(site);
  const acknowledged = [...sending.acknowledged];
  await startAgain();

  const missing = await lost(site, acknowledged);
  await sending.ended;
  return {
    acknowledged: acknowledged.length,
    lost: missing,
    found: await books(site, notices),
    expected: booksOf(notices),
  };
}
