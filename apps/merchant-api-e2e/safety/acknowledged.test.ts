import { crashPostgres } from '@countersign/postgres';

import { books, booksOf, lost } from '../support/acknowledged-books';
import { printNotices } from '../support/acknowledged-sender';
import { openSite, type Site } from '../support/acknowledged-site';
import { createChance } from '../support/chance';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site.close();
});

const MESSAGES = 600;
const chance = createChance();

/** Somewhere in the middle of the stream. */
const sometime = (): number => Math.floor(MESSAGES / 10) + chance.below(Math.floor(MESSAGES / 2));

const CRASHES = {
  'kill -9 of the API': async () => {
    await site.api.kill();
    return () => site.startApi();
  },
  'an immediate stop of PostgreSQL': async () => {
    await crashPostgres(site.postgres, 'immediately');
    return () => site.startPostgres();
  },
  'kill -9 of PostgreSQL with all its processes': async () => {
    await crashPostgres(site.postgres, 'by force');
    return () => site.startPostgres();
  },
} as const;

test.each(Object.entries(CRASHES))(
  `what was answered success survives %s (E2E_SEED=${chance.seed})`,
  async (_name, crash) => {
    const notices = printNotices(MESSAGES);
    const sending = site.send(notices);
    await sending.reached(sometime());

    const startAgain = await crash();
    const acknowledged = [...sending.acknowledged];
    expect(acknowledged.length).toBeLessThan(MESSAGES);
    await startAgain();

    expect(await lost(site, acknowledged)).toEqual([]);
    await sending.ended;
    expect(await books(site, notices)).toEqual(booksOf(notices));
    expect(site.api.isRunning()).toBe(true);
  },
);
