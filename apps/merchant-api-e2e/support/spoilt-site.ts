import { Client } from 'pg';

import { notice, type Notice } from './acknowledged-sender';
import { booksHash } from './books-hash';
import { postMessage, REFUSED, TAKEN_IN } from './messages';
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

/** The untouched message is taken: the others were refused for their bytes alone. */
export async function isTakenUntouched({ notifyUrl, unposted }: SpoiltSite): Promise<boolean> {
  const { httpStatus, answer } = await postMessage(notifyUrl, unposted);
  return httpStatus === TAKEN_IN.httpStatus && answer === TAKEN_IN.answer;
}
