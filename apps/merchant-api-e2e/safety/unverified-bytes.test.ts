import { notice } from '../support/acknowledged-sender';
import { createChance } from '../support/chance';
import { asSent, postMessage, REFUSED, TAKEN_IN } from '../support/messages';
import { spoilBits } from '../support/spoilt-bytes';
import { madeOfTheSame, openSpoiltSite, type SpoiltSite, takenOf } from '../support/spoilt-site';
import { waitFor } from '../support/wait-for';

let site: SpoiltSite;
beforeAll(async () => {
  site = await openSpoiltSite();
});
afterAll(async () => {
  await site.close();
});

const chance = createChance();
const ONE_OF = 60;

test(`whatever bit of a message is another, it is answered fail and changes nothing (E2E_SEED=${chance.seed})`, async () => {
  const before = await site.hash();
  const spoilt = spoilBits(site.unposted, () => chance.below(ONE_OF) === 0);

  const { wrongly, posted } = await takenOf(site, spoilt);

  expect(wrongly).toEqual([]);
  expect(posted).toBeGreaterThan(20);
  expect(await site.hash()).toBe(before);
});

test(`at an address whose token has one letter wrong, a message makes no payment (E2E_SEED=${chance.seed})`, async () => {
  const { notifyUrl, token, database } = site;
  const genuine = notice('at-a-wrong-address');
  const before = await site.hash();
  const places = [0, 20, 42, chance.below(token.length)];
  const forged = asSent({ a: 'b', sign: 'x', sign_type: 'RSA2' });

  for (const place of places) {
    const letter = token[place] === 'A' ? 'B' : 'A';
    const wrong = `${token.slice(0, place)}${letter}${token.slice(place + 1)}`;
    const url = notifyUrl.replace(token, wrong);
    expect(await postMessage(url, forged)).toEqual(REFUSED);
    expect(await postMessage(url, genuine)).toEqual(TAKEN_IN);
  }

  await waitFor('a message in quarantine', async () => {
    const { rows } = await database.query<{ status: string; qr_code_id: string | null }>(
      'select status, qr_code_id from notifications where notify_id = $1',
      [genuine.notifyId],
    );
    return rows.length === 1 && rows[0]?.status === 'QUARANTINED' && rows[0].qr_code_id === null;
  });
  expect(await site.hash()).toBe(before);
});

test('the same code has one address: no other spelling of its token is one', async () => {
  const { notifyUrl, token, database } = site;
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = letters.indexOf(token.at(-1) ?? '');
  const sameBytes = `${token.slice(0, -1)}${letters[last ^ 1] ?? ''}`;
  const forged = asSent({ a: 'other spelling', sign: 'x' });

  expect(Buffer.from(sameBytes, 'base64url')).toEqual(Buffer.from(token, 'base64url'));
  expect(await postMessage(notifyUrl.replace(token, sameBytes), forged)).toEqual(REFUSED);

  const { rows } = await database.query(
    `select from notifications where status = 'REFUSED' and body = $1`,
    [Buffer.from(forged.body)],
  );
  expect(rows).toEqual([]);
});

test('the token stands in no log, no error, no recorded call and no list', async () => {
  const { world, token } = site;
  const shown = JSON.stringify([
    world.logged,
    await world.merchant.gatewayCalls(),
    await world.merchant.notifications(),
    await world.merchant.qrCodes(),
    await world.ask({ text: `{ qrCode(code: "${token.slice(0, 10)}") { nothing } }` }),
  ]);

  expect(shown).toContain('notifications/');
  expect(shown).not.toContain(token);
});

test('the untouched message is taken, and with it what says the same, as one', async () => {
  const spoilt = spoilBits(site.unposted, (_place, bit) => bit === 5);

  expect(spoilt.filter(({ saysTheSame }) => saysTheSame).length).toBeGreaterThan(2);
  expect(await madeOfTheSame(site, spoilt)).toMatchObject({ messages: 1, payments: 1 });
});
