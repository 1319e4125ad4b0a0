import { setTimeout as pause } from 'node:timers/promises';

import { request } from 'undici';

import { type Site } from './measure-failures';
import { postSteadily } from './post-notifications';
import { type Program } from './start-program';
import { type Look, openLook, TOKEN } from './subject';

/** Refunds asked for while Alipay did not answer, and what became of them once it did. */
export interface Silence {
  readonly refunds: number;
  /** Pending when Alipay came back. */
  readonly unknown: number;
  readonly settledWithinAMinute: number;
  /** Until 99 of 100 were settled; null when that took more than a minute. */
  readonly settledMs: number | null;
}

const REFUND = /* GraphQL */ `
  mutation Refund($input: RefundTransactionInput!) {
    refundTransaction(input: $input) {
      userErrors {
        message
      }
    }
  }
`;
const minuteMs = 60_000;
const lookEveryMs = 250;
const AT_A_TIME = 20;

export async function measureSilence(site: Site, gateway: Program): Promise<Silence> {
  const { options, databaseUrl, signal } = site;
  const paid = await site.press.print(options.refunds);
  await postSteadily({
    ...site,
    notifications: paid,
    connections: 20,
    perSecond: 100,
    onSend: () => undefined,
  });
  const look = await openLook(databaseUrl);
  const pending = (): Promise<number> =>
    look.count(`select count(*) from refunds where status = 'PENDING'`);
  try {
    const ids = await transactionIds(
      look,
      paid.map(({ tradeNo }) => tradeNo),
      signal,
    );
    const silentAt = performance.now();
    await gateway.ask();
    await askForRefunds(site, ids);
    const restMs = options.silentSeconds * 1_000 - (performance.now() - silentAt);
    if (restMs > 0) await pause(restMs, undefined, { signal });
    const unknown = await pending();

    await gateway.ask();
    const backAt = performance.now();
    let left = unknown;
    let settledMs: number | null = null;
    while (left > 0 && performance.now() - backAt < minuteMs) {
      await pause(lookEveryMs, undefined, { signal });
      left = await pending();
      if (settledMs === null && left <= unknown / 100) settledMs = performance.now() - backAt;
    }
    return { refunds: ids.length, unknown, settledWithinAMinute: unknown - left, settledMs };
  } finally {
    await look.close();
  }
}

async function transactionIds(
  look: Look,
  tradeNos: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const endsAt = performance.now() + minuteMs;
  for (;;) {
    const ids = await look.texts(
      'select id as text from transactions where alipay_trans_id = any($1::text[])',
      [tradeNos],
    );
    if (ids.length === tradeNos.length) return ids;
    if (performance.now() > endsAt) throw new Error('Not every payment came onto record.');
    await pause(lookEveryMs, undefined, { signal });
  }
}

async function askForRefunds({ graphqlUrl }: Site, ids: readonly string[]): Promise<void> {
  const waiting = [...ids];
  const ask = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const answer = await request(graphqlUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
        body: JSON.stringify({
          query: REFUND,
          variables: {
            input: {
              transactionId: Buffer.from(`Transaction:${id}`).toString('base64url'),
              idempotencyKey: id,
            },
          },
        }),
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || !text.includes('"userErrors":[]')) {
        throw new Error(`A refund was not taken: ${text}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, ask));
}
