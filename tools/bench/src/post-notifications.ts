import { setTimeout as pause } from 'node:timers/promises';

import { Pool } from 'undici';

import { CONTENT_TYPE, type SignedNotification } from './sign-notifications';
import { inOrder } from './statistics';

export interface Posting {
  /** Where Alipay would post. */
  readonly url: string;
  readonly notifications: readonly SignedNotification[];
  readonly connections: number;
  readonly signal: AbortSignal;
  /** Where notifications go to different addresses of one server: the next one's path. */
  readonly pathOf?: () => string;
  /** Told of each success, with the time it was sent at. */
  readonly onSuccess?: (sentAt: number) => void;
}

export interface Posted {
  /** Alipay's numbers of the payments that were answered with `success`. */
  readonly accepted: readonly string[];
  /** Answered with anything but `success`, or not at all. */
  readonly refused: number;
  readonly seconds: number;
  /** Of the accepted, the shortest first. */
  readonly latenciesMs: readonly number[];
}

/** Posts as fast as answers come, each connection one at a time, until the time or the pile ends. */
export async function postBackToBack(
  posting: Posting & { readonly seconds: number },
): Promise<Posted> {
  const { notifications, connections, signal } = posting;
  return withPool(posting, async (post, tally) => {
    const startedAt = performance.now();
    const endsAt = startedAt + posting.seconds * 1_000;
    let next = 0;
    const work = async (): Promise<void> => {
      while (!signal.aborted && performance.now() < endsAt) {
        const notification = notifications[next];
        next += 1;
        if (notification === undefined) return;
        await post(notification);
      }
    };
    await Promise.all(Array.from({ length: connections }, work));
    return tally((performance.now() - startedAt) / 1_000);
  });
}

/** Posts a steady number a second, whether answers come or not, and tells when each one went. */
export async function postSteadily(
  posting: Posting & {
    readonly perSecond: number;
    readonly onSend: (notification: SignedNotification, at: number) => void;
  },
): Promise<Posted> {
  const { notifications, perSecond, onSend, signal } = posting;
  return withPool(posting, async (post, tally) => {
    const startedAt = performance.now();
    const underWay: Promise<void>[] = [];
    for (const [index, notification] of notifications.entries()) {
      const waitMs = startedAt + (index * 1_000) / perSecond - performance.now();
      if (waitMs > 0) await pause(waitMs);
      if (signal.aborted) break;
      onSend(notification, performance.now());
      underWay.push(post(notification));
    }
    await Promise.all(underWay);
    return tally((performance.now() - startedAt) / 1_000);
  });
}

const answerTimeoutMs = 30_000;

async function withPool(
  { url, connections, pathOf, onSuccess }: Posting,
  work: (
    post: (notification: SignedNotification) => Promise<void>,
    tally: (seconds: number) => Posted,
  ) => Promise<Posted>,
): Promise<Posted> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
  });
  const accepted: string[] = [];
  const latenciesMs: number[] = [];
  let refused = 0;

  const post = async ({ tradeNo, body }: SignedNotification): Promise<void> => {
    const sentAt = performance.now();
    try {
      const answer = await pool.request({
        path: pathOf?.() ?? pathname,
        method: 'POST',
        headers: { 'content-type': CONTENT_TYPE },
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200 && text === 'success') {
        latenciesMs.push(performance.now() - sentAt);
        accepted.push(tradeNo);
        onSuccess?.(sentAt);
      } else refused += 1;
    } catch {
      refused += 1; // no answer is no success either
    }
  };
  const tally = (seconds: number): Posted => ({
    accepted,
    refused,
    seconds,
    latenciesMs: inOrder(latenciesMs),
  });
  try {
    await openConnections(pool, connections);
    return await work(post, tally);
  } finally {
    await pool.close();
  }
}

/** Opening a connection is no part of what is measured. */
async function openConnections(pool: Pool, connections: number): Promise<void> {
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const answer = await pool.request({ path: '/livez', method: 'GET' });
      await answer.body.dump();
    }),
  );
}
