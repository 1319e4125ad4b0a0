import { Client } from 'pg';

import { printNotices, sendAll } from '../support/acknowledged-sender';
import { REVERIFY_NOTIFICATIONS } from '../support/documents';
import { newKeyPair } from '../support/keys';
import { asSent, postMessage, REFUSED } from '../support/messages';
import { waitFor } from '../support/wait-for';
import { endWorlds, startWorld } from '../support/world';

afterEach(endWorlds);

const KEPT_MAX = 10_000;
const COUNT = 25;

test('what a wrong key refused is kept up to a bound, and taken up once however it came again', async () => {
  const world = await startWorld();
  const { qrCode } = await world.merchant.openCounter();
  const code = (await world.gateway.codes()).find(({ qrcode }) => qrcode === qrCode.code);
  const notifyUrl = code?.notify_url ?? '';
  const database = new Client({ connectionString: world.databaseUrl });
  await database.connect();
  const refused = async () => {
    const { rows } = await database.query<{ count: number; oldest: number | null }>(
      `select count(*)::int as count, extract(day from now() - min(received_at))::int as oldest
       from notifications where status = 'REFUSED'`,
    );
    return rows[0];
  };
  try {
    await database.query(OLD_REFUSALS, [KEPT_MAX]);
    await world.stopApi();
    await world.startApi({ ALIPAY_PUBLIC_KEY: newKeyPair().publicKey });
    const notices = printNotices(COUNT);

    for (const one of notices) expect(await postMessage(notifyUrl, one)).toEqual(REFUSED);
    expect(await refused()).toEqual({ count: KEPT_MAX, oldest: 2 });
    await world.stopApi();
    await world.startApi({});
    const again = notices.slice(0, 5);
    await sendAll(notifyUrl, again).ended;
    const { reverifyNotifications } = await world.graphql(REVERIFY_NOTIFICATIONS);

    expect(reverifyNotifications).toEqual({
      accepted: COUNT,
      stillRefused: KEPT_MAX - COUNT,
      userErrors: [],
    });
    const applied = await waitFor('all of them applied', async () => {
      const { rows } = await database.query<{ notify_id: string }>(
        `select notify_id from notifications where status = 'APPLIED' order by notify_id`,
      );
      return rows.length === COUNT && rows;
    });
    expect(applied.map((row) => row.notify_id)).toEqual(
      notices.map(({ notifyId }) => notifyId).sort(),
    );
    const events = await database.query(
      `select from transaction_events where type = 'PAYMENT_RECEIVED'`,
    );
    expect(events.rowCount).toBe(COUNT);
    expect(await postMessage(notifyUrl, asSent({ a: 'b', sign: 'c' }))).toEqual(REFUSED);
    expect(await refused()).toMatchObject({ count: KEPT_MAX - COUNT + 1 });
  } finally {
    await database.end();
  }
});

/** As many as are kept, two days old, and some that are too old. */
const OLD_REFUSALS = /* sql */ `
  insert into notifications (id, content_hash, status, reason, qr_code_id, body, received_at)
  select gen_random_uuid(), 'refused:' || number, 'REFUSED', 'a test', (select id from qr_codes),
    convert_to('a=' || number, 'UTF8'),
    now() - case when number <= 50 then interval '8 days' else interval '2 days 1 hour' end
  from generate_series(1, $1 + 50) as number`;
