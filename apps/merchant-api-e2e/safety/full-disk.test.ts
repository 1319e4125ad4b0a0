import { randomBytes } from 'node:crypto';

import { crashPostgres } from '@countersign/postgres';

import { books, booksOf, lost } from '../support/acknowledged-books';
import { printNotices } from '../support/acknowledged-sender';
import { openSite, type Site } from '../support/acknowledged-site';
import { letFilesGrowTo, whyNoFullDisk } from '../support/full-disk';
import { readiness } from '../support/readiness';
import { waitFor } from '../support/wait-for';

const whyNot = whyNoFullDisk();
const onFullDisk = whyNot === undefined ? test : test.skip;
const note = whyNot === undefined ? '' : ` (skipped: ${whyNot})`;

let site: Site;
beforeAll(async () => {
  if (whyNot === undefined) site = await openSite();
});
afterAll(async () => {
  if (whyNot === undefined) await site.close();
});

/** A whole segment of the log of PostgreSQL, and no table that is longer. */
const TABLES_ARE_FULL = 1024 * 1024;
/** Not even the log can be written: PostgreSQL itself breaks down. */
const LOG_IS_FULL = 128 * 1024;
const MESSAGES = 400;
const REFUSALS = 60;

/** Long and not to be pressed together, so that a table is soon full. */
const printLong = () => printNotices(MESSAGES, { memo: randomBytes(6_000).toString('base64url') });

onFullDisk(
  `a full disk is answered with fail, and nothing that was answered success is missing${note}`,
  async () => {
    const notices = printLong();
    letFilesGrowTo(site.postgres, TABLES_ARE_FULL);
    const sending = site.send(notices);
    await waitFor('a full disk', () => (sending.others.get('503 fail') ?? 0) >= REFUSALS);

    const acknowledged = [...sending.acknowledged];
    expect((await fetch(`${site.api.url}/livez`)).status).toBe(200);
    expect(await readiness(site.api.url)).toMatchObject({ httpStatus: 503, status: 'not ready' });
    expect(await site.merchant.transactions()).not.toEqual([]);
    expect(await lost(site, acknowledged)).toEqual([]);
    expect(acknowledged.length).toBeLessThan(MESSAGES);

    letFilesGrowTo(site.postgres, 'unlimited');
    await sending.ended;
    expect(await books(site, notices)).toEqual(booksOf(notices));
    expect([...sending.others.keys()]).toEqual(['503 fail']);
    expect(site.api.isRunning()).toBe(true);
    expect(await readiness(site.api.url)).toMatchObject({ httpStatus: 200, status: 'ready' });
  },
);

onFullDisk(
  `a PostgreSQL that breaks down over a full disk loses nothing that was answered success${note}`,
  async () => {
    const notices = printLong();
    const sending = site.send(notices);
    await sending.reached(MESSAGES / 4);
    letFilesGrowTo(site.postgres, LOG_IS_FULL);
    await waitFor(
      'a PostgreSQL that is down',
      () => (sending.others.get('503 fail') ?? 0) >= REFUSALS,
    );
    const acknowledged = [...sending.acknowledged];
    expect(await readiness(site.api.url)).toMatchObject({ httpStatus: 503, status: 'not ready' });

    await ended(site);
    await site.startPostgres();

    expect(await lost(site, acknowledged)).toEqual([]);
    await sending.ended;
    expect(await books(site, notices)).toEqual(booksOf(notices));
    expect([...sending.others.keys()]).toEqual(['503 fail']);
    expect(site.api.isRunning()).toBe(true);
  },
);

const ENDS_ITSELF_WITHIN_MS = 15_000;

/**
 * PostgreSQL ends itself once even its recovery finds no room. Where it goes on trying for long, it
 * is ended as it stands.
 */
async function ended({ postgres }: Site): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ENDS_ITSELF_WITHIN_MS);
  });
  const hasEnded = await Promise.race([postgres.exited.then(() => true), late]);
  clearTimeout(timer);
  if (!hasEnded) await crashPostgres(postgres, 'immediately');
}
