import { Client } from 'pg';

import { notice, type Notice } from './acknowledged-sender';
import { booksHash } from './books-hash';
import { postMessage, REFUSED } from './messages';
import type { Spoilt } from './spoilt-bytes';
import { waitFor } from './wait-for';
import { startWorld, type World } from './world';

/** A counter that has been paid once, and a further message that nobody has posted yet. */
export interface SpoiltSite {
  readonly world: World;
  readonly notifyUrl: string;
  readonly token: string;
  readonly unposted: Notice;
  readonly database: Client;
  hash(): Promise<string>;
  close(): Promise<void>;
}

export async function openSpoiltSite(): Promise<SpoiltSite> {
  const world = await startWorld();
  const { qrCode } = await world.merchant.openCounter();
  const code = (await world.gateway.codes()).find(({ qrcode }) => qrcode === qrCode.code);
  const notifyUrl = code?.notify_url ?? '';
  const database = new Client({ connectionString: world.databaseUrl });
  await database.connect();
  const paid = notice('spoilt-before');
  await postMessage(notifyUrl, paid);
  await waitFor('a payment', () => world.merchant.transactionBy({ alipayTransId: paid.tradeNo }));
  return {
    world,
    notifyUrl,
    token: notifyUrl.split('/').at(-1) ?? '',
    unposted: notice('spoilt-after'),
    database,
    hash: () => booksHash(database),
    close: async () => {
      await database.end();
      await world.close();
    },
  };
}

/** Posts each, and answers those that were taken although they say something else. */
export async function takenOf(
  { notifyUrl }: Pick<SpoiltSite, 'notifyUrl'>,
  spoilt: readonly Spoilt[],
): Promise<{ readonly wrongly: string[]; readonly posted: number }> {
  const wrongly: string[] = [];
  let posted = 0;
  for (const one of spoilt) {
    if (one.saysTheSame) continue;
    const { httpStatus, answer } = await postMessage(notifyUrl, one);
    posted += 1;
    if (httpStatus !== REFUSED.httpStatus || answer !== REFUSED.answer) {
      wrongly.push(`${one.what}: ${httpStatus} ${answer}`);
    }
  }
  return { wrongly, posted };
}

/**
 * Posts the untouched message and those that say the same, and answers how many messages and how
 * many payments that made.
 */
export async function madeOfTheSame(
  { world, notifyUrl, unposted, database }: SpoiltSite,
  spoilt: readonly Spoilt[],
): Promise<{ readonly answers: string[]; readonly messages: number; readonly payments: number }> {
  const answers = new Set<string>();
  for (const one of [unposted, ...spoilt.filter(({ saysTheSame }) => saysTheSame)]) {
    const { httpStatus, answer } = await postMessage(notifyUrl, one);
    answers.add(`${httpStatus} ${answer}`);
  }
  await waitFor('the payment', () =>
    world.merchant.transactionBy({ alipayTransId: unposted.tradeNo }),
  );
  const { rows } = await database.query<{ messages: number; payments: number }>(
    `select
       (select count(*)::int from notifications where trade_no = $1) as messages,
       (select count(*)::int from transactions where alipay_trans_id = $1) as payments`,
    [unposted.tradeNo],
  );
  return { answers: [...answers].sort(), messages: 0, payments: 0, ...rows[0] };
}
