import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { books, booksOf } from '../support/acknowledged-books';
import { notice, printNotices } from '../support/acknowledged-sender';
import { openSite, type Site } from '../support/acknowledged-site';
import { flood, withoutConnections } from '../support/held-up';
import { postMessage, TAKEN_IN } from '../support/messages';
import { readiness } from '../support/readiness';
import { waitFor, within } from '../support/wait-for';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site.close();
});

const FAILED = { httpStatus: 503, answer: 'fail' };
/** Two turns of the site's statement time-out, and time for a machine that is busy. */
const ANSWERED_WITHIN_MS = 15_000;

const isReady = () =>
  waitFor('an API that is ready', async () => (await readiness(site.api.url)).httpStatus === 200, {
    withinMs: 45_000,
  });

test('without a connection to be had a message is answered fail in time, and is taken when there is one', async () => {
  const notices = printNotices(20);
  const { first, sending, ready, early } = await withoutConnections(site, async () => {
    const first = await within(
      'an answer',
      ANSWERED_WITHIN_MS,
      postMessage(site.notifyUrl, notice('no-connection')),
    );
    const sending = site.send(notices);
    const ready = await readiness(site.api.url);
    await waitFor('everybody turned away', () => (sending.others.get('503 fail') ?? 0) >= 20);
    return { first, sending, ready, early: sending.acknowledged.length };
  });

  expect(first).toEqual(FAILED);
  expect(ready).toMatchObject({ httpStatus: 503, status: 'not ready' });
  expect(early).toBe(0);
  await sending.ended;
  expect(await books(site, notices)).toEqual(booksOf(notices));
  expect([...sending.others.keys()]).toEqual(['503 fail']);
  expect(sending.longestMs).toBeLessThan(ANSWERED_WITHIN_MS);
  await isReady();
});

test('while the inbox is locked nothing is answered success, everybody is answered in time, and the rest goes on', async () => {
  const notices = printNotices(20);
  const known = printNotices(1);
  await site.send(known).ended;
  await books(site, known);
  const session = await site.session();
  await session.query('begin');
  await session.query('lock table notifications in access exclusive mode');
  const sending = site.send(notices);
  let asking = 0;
  const looks = [];
  for (let look = 0; look < 12; look += 1) {
    looks.push(readiness(site.api.url));
    await pause(200); // somebody looks five times a second
    const waiting = await site.rows(
      `select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'as oldest'`,
    );
    asking = Math.max(asking, waiting.length);
  }
  await waitFor('some turned away', () => (sending.others.get('503 fail') ?? 0) >= 10);
  const seen = await within('a list of payments', 5_000, site.merchant.transactions());
  const early = sending.acknowledged.length;
  const answers = await Promise.all(looks); // while the lock is still there
  await session.query('rollback');

  expect(answers.at(-1)).toMatchObject({ httpStatus: 503 });
  expect(asking).toBe(1); // more of them would leave no connection for anybody else
  expect(seen.length).toBeGreaterThan(0);
  expect(early).toBe(0);
  await sending.ended;
  expect(await books(site, notices)).toEqual(booksOf(notices));
  expect(sending.longestMs).toBeLessThan(ANSWERED_WITHIN_MS);
  await isReady();
});

/** More than the queue takes: as many wait for their answer at once. */
const FLOOD = 14_000;
/** A busy machine needs more than a moment to fill it and to turn away, and must not have answered the first by then. */
const PATIENT = '?statement_timeout=200000';
/** Of what may have come when there was room: whoever waits longer waits for the lock. */
const LOOK_AGAIN_MS = 5_000;
/** What was said before the API was started again. */
let saidBefore = '';
const GROWS_AT_MOST_KB = 400_000;

test('a full queue turns away at once, within bounds of memory, and takes again when it has room', async () => {
  const residentKb = () =>
    process.platform === 'linux'
      ? Number(
          /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${site.api.pid}/status`, 'utf8'))?.[1] ?? NaN,
        )
      : 0;
  saidBefore = site.api.output();
  await within('an API that has ended', 60_000, site.api.stop());
  await site.startApi({ DATABASE_URL: `${site.databaseUrl}${PATIENT}` });
  const before = residentKb();
  const copied = notice('flooded');
  const session = await site.session();
  await session.query('begin');
  await session.query('lock table notifications in access exclusive mode');
  const flooding = flood(site.notifyUrl, copied);
  await waitFor(
    'a full queue',
    () => {
      flooding.keepWaiting(FLOOD);
      return site.api.output().includes('the inbox is full');
    },
    { withinMs: 90_000 },
  );

  // A process that the flood keeps busy for seconds takes the database for silent, and lets go of what it was writing:
  // then there is room again for a moment.
  const answer = await waitFor(
    'an answer while the queue is full',
    () => {
      flooding.keepWaiting(FLOOD);
      const one = postMessage(site.notifyUrl, notice('one-too-many'));
      return Promise.race([one, pause(LOOK_AGAIN_MS)]);
    },
    { withinMs: 60_000 },
  );
  const grown = residentKb() - before;
  await session.query('rollback');

  expect(answer).toEqual(FAILED);
  expect(grown).toBeLessThan(GROWS_AT_MOST_KB);
  await waitFor('all answers', flooding.isOver, { withinMs: 120_000 });
  flooding.close();
  // 408: on a slow machine a connection that sends ahead waits too long with half a request.
  const answered = [...flooding.answers.keys()].filter((status) => status !== '408');
  expect(answered.sort()).toEqual(['200', '503']);
  const last = notice('after-the-flood');
  const taken = postMessage(site.notifyUrl, last);
  expect(await within('an answer after the flood', 60_000, taken)).toEqual(TAKEN_IN);
  expect(await books(site, [copied, last])).toEqual(booksOf([copied, last]));
}, 400_000);

test('after all of this the secret token of the address stands in no line of the log', () => {
  const token = site.notifyUrl.split('/').at(-1) ?? '';

  const said = saidBefore + site.api.output();

  expect(token).toHaveLength(43);
  expect(said).toContain('could not be kept');
  expect(said).not.toContain(token);
});
