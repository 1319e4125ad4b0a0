import { existsSync } from 'node:fs';

import { books, booksOf } from '../support/acknowledged-books';
import { notice, printNotices } from '../support/acknowledged-sender';
import { openSite, type Site } from '../support/acknowledged-site';
import { postMessage } from '../support/messages';

const FULL = '/dev/full';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site.close();
});

const onLinux = existsSync(FULL) ? test : test.skip;

onLinux(
  `an API whose log finds no room (${FULL}; skipped where the system has none) goes on working`,
  async () => {
    await site.api.kill();
    await site.startApi({}, { stdout: FULL });
    const notices = printNotices(20);

    const forged = await postMessage(site.notifyUrl, { ...notice('forged'), body: 'a=b&sign=c' });
    await site.send(notices).ended;

    expect(forged).toEqual({ httpStatus: 400, answer: 'fail' });
    expect(await books(site, notices)).toEqual(booksOf(notices));
    expect(site.api.isRunning()).toBe(true);
  },
);
