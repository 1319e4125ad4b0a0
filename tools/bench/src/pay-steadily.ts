import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { Pool } from 'undici';

import {
  CONTENT_TYPE,
  type NotificationPress,
  type SignedNotification,
} from './sign-notifications';

export interface Paid {
  /** Asked again until they were answered `success`, as Alipay does. */
  readonly payments: number;
  /** Posts that were answered otherwise, or not at all. */
  readonly refused: number;
}

export interface PaySteadily {
  readonly origin: string;
  readonly press: NotificationPress;
  readonly perSecond: number;
  readonly seconds: number;
  /** The address of the next payment's code. */
  readonly nextPath: (payment: SignedNotification, at: number) => string;
  readonly signal: AbortSignal;
}

const CONNECTIONS = 50;
const PRINTED = 100;
const againMs = 1_000;
const againMax = 60;
const answerTimeoutMs = 20_000;

/** So many payments a second for so long, whether answers come or not. */
export async function paySteadily(how: PaySteadily): Promise<Paid> {
  const { origin, press, perSecond, nextPath, signal } = how;
  setMaxListeners(0, signal); // many payments may wait to be told again
  const pool = new Pool(origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
  });
  let refused = 0;

  const tell = async (path: string, { body, tradeNo }: SignedNotification): Promise<void> => {
    for (let turn = 1; turn <= againMax; turn += 1) {
      if (await isTaken(pool, path, body)) return;
      refused += 1;
      await pause(againMs, undefined, { signal });
    }
    throw new Error(`Payment ${tradeNo} was not acknowledged ${againMax} times.`);
  };

  const underWay = new Set<Promise<void>>();
  const failed: unknown[] = [];
  const count = Math.round(how.seconds * perSecond);
  const startedAt = performance.now();
  try {
    let sheet: SignedNotification[] = [];
    for (let index = 0; index < count; index += 1) {
      if (sheet.length === 0) sheet = await press.print(Math.min(PRINTED, count - index));
      const waitMs = startedAt + (index * 1_000) / perSecond - performance.now();
      if (waitMs > 0) await pause(waitMs, undefined, { signal });
      const payment = sheet.shift();
      if (failed.length > 0 || payment === undefined) break;
      const telling = tell(nextPath(payment, performance.timeOrigin + performance.now()), payment)
        .catch((error: unknown) => failed.push(error))
        .then(() => {
          underWay.delete(telling);
        });
      underWay.add(telling);
    }
    await Promise.all(underWay);
    if (failed.length > 0) throw failed[0];
    return { payments: count, refused };
  } finally {
    await pool.destroy();
  }
}

async function isTaken(pool: Pool, path: string, body: Buffer): Promise<boolean> {
  try {
    const answer = await pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': CONTENT_TYPE },
      body,
    });
    return (await answer.body.text()) === 'success' && answer.statusCode === 200;
  } catch {
    return false; // no answer is no success either
  }
}
