import { Client } from 'pg';

import { notice, printNotices, sendAll } from '../support/acknowledged-sender';
import { REPLAY_NOTIFICATION } from '../support/documents';
import { printOddities, printPoisons } from '../support/poisons';
import { postMessage, TAKEN_IN } from '../support/messages';
import { waitFor } from '../support/wait-for';
import { endWorlds, startWorld, type World } from '../support/world';

let world: World;
let notifyUrl: string;
let database: Client;
beforeAll(async () => {
  world = await startWorld();
  const { qrCode } = await world.merchant.openCounter();
  const codes = await world.gateway.codes();
  notifyUrl = codes.find(({ qrcode }) => qrcode === qrCode.code)?.notify_url ?? '';
  database = new Client({ connectionString: world.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await endWorlds();
});

async function fatesOf(notifyIds: readonly string[]): Promise<Record<string, string>> {
  const { rows } = await database.query<{ notify_id: string; status: string }>(
    'select notify_id, status from notifications where notify_id = any($1)',
    [notifyIds],
  );
  return Object.fromEntries(rows.map(({ notify_id: id, status }) => [id, status]));
}

/** Waits until nothing of these waits, and answers what became of them. */
function settled(notifyIds: readonly string[]): Promise<Record<string, string>> {
  return waitFor(`${notifyIds.length} messages that are looked at`, async () => {
    const fates = await fatesOf(notifyIds);
    const statuses = Object.values(fates);
    return statuses.length === notifyIds.length && !statuses.includes('RECEIVED') && fates;
  });
}

const allOf = (notifyIds: readonly string[], status: string): Record<string, string> =>
  Object.fromEntries(notifyIds.map((id) => [id, status]));
const idsOf = (notices: readonly { notifyId: string }[]): string[] =>
  notices.map(({ notifyId }) => notifyId);

test('poison of every kind is kept with its reason, and holds up nothing among it', async () => {
  const good = printNotices(40);
  const poisons = printPoisons('kinds');
  const oddities = printOddities('kinds');
  const mixed = [...good.slice(0, 20), ...poisons.map((one) => one.notice), ...oddities];

  await sendAll(notifyUrl, [...mixed, ...good.slice(20)]).ended;

  const kept = idsOf([...good, ...oddities]);
  expect(await settled(kept)).toEqual(allOf(kept, 'APPLIED'));
  const poisoned = idsOf(poisons.map((one) => one.notice));
  expect(await settled(poisoned)).toEqual(allOf(poisoned, 'QUARANTINED'));
  const seen = await world.merchant.notifications({ statuses: ['QUARANTINED'] });
  for (const { what, notice: sent, reason } of poisons) {
    const shown = seen.find(({ notifyId }) => notifyId === sent.notifyId);
    expect({ what, reason: shown?.reason }).toEqual({
      what,
      reason: expect.stringMatching(reason) as unknown,
    });
  }
});

test('what contradicts a payment on record waits for people, and leaves it as it is', async () => {
  const { tradeNo, notifyId, ...first } = notice('contradicted');
  expect(await postMessage(notifyUrl, first)).toEqual(TAKEN_IN);
  await settled([notifyId]);
  const before = await world.merchant.transactionBy({ alipayTransId: tradeNo });
  const contradictions = [
    notice('contradicts-1', { trade_no: tradeNo, out_trade_no: '', total_fee: '99.00' }),
    notice('contradicts-2', { trade_no: tradeNo }),
    notice('contradicts-3', { trade_no: tradeNo, out_trade_no: '', notify_id: notifyId }),
  ];

  for (const one of contradictions) expect(await postMessage(notifyUrl, one)).toEqual(TAKEN_IN);

  await waitFor('three more in quarantine', async () => {
    const { rows } = await database.query(
      `select from notifications where trade_no = $1 and status = 'QUARANTINED'`,
      [tradeNo],
    );
    return rows.length === 3;
  });
  expect(await world.merchant.transactionBy({ alipayTransId: tradeNo })).toEqual(before);
});

test('a number that is longer than ours holds up nothing, however often it comes', async () => {
  const tradeNo = 'L'.repeat(100);
  const long = (number: string) => notice(number, { trade_no: tradeNo, out_trade_no: '' });
  const repeats = ['long-1', 'long-2', 'long-3'].map(long);

  for (const repeat of repeats) {
    expect(await postMessage(notifyUrl, repeat)).toEqual(TAKEN_IN);
    const good = notice(`behind-${repeat.notifyId}`);
    await postMessage(notifyUrl, good);
    expect(await settled([good.notifyId])).toEqual({ [good.notifyId]: 'APPLIED' });
  }

  expect(await settled(idsOf(repeats))).toEqual(allOf(idsOf(repeats), 'QUARANTINED'));
});

test('what a broken rule of the database refused is applied by a replay once it is mended', async () => {
  await database.query(
    'alter table transactions add constraint broken check (amount_minor <> 7700)',
  );
  const refused = notice('refused-by-rule', { total_fee: '77.00' });
  const good = printNotices(10);
  await sendAll(notifyUrl, [...good.slice(0, 5), refused, ...good.slice(5)]).ended;
  expect(await settled(idsOf(good))).toEqual(allOf(idsOf(good), 'APPLIED'));
  expect(await settled([refused.notifyId])).toEqual({ [refused.notifyId]: 'QUARANTINED' });
  const seen = await world.merchant.notifications({ statuses: ['QUARANTINED'] });
  const held = seen.find(({ notifyId }) => notifyId === refused.notifyId);
  expect(held?.reason).toMatch(/broken/);
  const replay = { input: { notificationId: held?.id } };
  await world.graphql(REPLAY_NOTIFICATION, replay);
  expect(await settled([refused.notifyId])).toEqual({ [refused.notifyId]: 'QUARANTINED' });

  await database.query('alter table transactions drop constraint broken');
  await world.graphql(REPLAY_NOTIFICATION, replay);

  expect(await settled([refused.notifyId])).toEqual({ [refused.notifyId]: 'APPLIED' });
  expect(await world.merchant.transactionBy({ alipayTransId: refused.tradeNo })).toMatchObject({
    status: 'PAID',
    amount: { amount: '77.00' },
  });
});

test('two blocks that wait for each other cost time, and no message', async () => {
  const [first, second] = [notice('deadlock-1'), notice('deadlock-2')];
  await sendAll(notifyUrl, [first, second]).ended;
  await settled(idsOf([first, second]));
  const finished = (number: string, tradeNo: string) =>
    notice(number, { trade_no: tradeNo, out_trade_no: '', trade_status: 'TRADE_FINISHED' });
  const next = [finished('deadlock-3', first.tradeNo), finished('deadlock-4', second.tradeNo)];
  const lock = 'select from transactions where alipay_trans_id = $1 for update';

  await database.query('begin');
  await database.query(lock, [second.tradeNo]);
  await sendAll(notifyUrl, next).ended;
  const look = new Client({ connectionString: world.databaseUrl });
  await look.connect();
  await waitFor('a worker that waits', async () => {
    const { rows } = await look.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  await look.end();
  await database.query(lock, [first.tradeNo]).catch(() => undefined); // one of the two is ended
  await database.query('rollback');

  expect(await settled(idsOf(next))).toEqual(allOf(idsOf(next), 'APPLIED'));
});
