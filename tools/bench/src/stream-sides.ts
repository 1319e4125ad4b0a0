import { request } from 'undici';

import { cpuMsOf } from './cpu-time';
import { type ReceiversHeard } from './receivers';
import { CONTENT_TYPE, type NotificationPress } from './sign-notifications';
import { type Program } from './start-program';
import { inOrder, median, percentile } from './statistics';

/** One server with its subscribers, and how it is made to tell them something. */
export interface StreamSide {
  readonly pid: number;
  readonly receivers: Program;
  /** Subscribers that hear of one event. */
  readonly perEvent: number;
  /** Resolves when the event is under way. */
  trigger(): Promise<unknown>;
  /** Messages that its receivers were sent so far. */
  messages: number;
}

/** Of one side in one round, for one event. */
export interface StreamRound {
  readonly events: number;
  /** Of the server's process; null where the system does not say. */
  readonly cpuMs: number | null;
  readonly seconds: number;
  /** From the first subscriber to the last. */
  readonly spreadMs: number;
  /** From what made the event to the last subscriber. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One event after the other: the next begins when every subscriber has the one before. */
export async function runEvents(
  side: StreamSide,
  events: number,
  signal: AbortSignal,
): Promise<StreamRound> {
  const spreads: number[] = [];
  const delays: number[] = [];
  const cpuBefore = cpuMsOf(side.pid);
  const startedAt = performance.now();
  for (let event = 0; event < events; event += 1) {
    signal.throwIfAborted();
    const sentAt = performance.now();
    spreads.push((await tellOne(side)).spreadMs);
    delays.push(performance.now() - sentAt);
  }
  const cpuAfter = cpuMsOf(side.pid);
  return {
    events,
    cpuMs: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / events,
    seconds: (performance.now() - startedAt) / 1_000,
    spreadMs: median(spreads),
    p50Ms: median(delays),
    p99Ms: percentile(inOrder(delays), 0.99),
  };
}

const heardWithinMs = 60_000;

/** One event, until every subscriber has it. */
export async function tellOne(side: StreamSide): Promise<ReceiversHeard> {
  side.messages += side.perEvent;
  const { messages, perEvent } = side;
  const heard = side.receivers.ask({ type: 'expect', messages, perEvent });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Not every subscriber heard of an event within ${heardWithinMs} ms.`));
    }, heardWithinMs);
  });
  try {
    await side.trigger();
    return (await Promise.race([heard, late])) as ReceiversHeard;
  } finally {
    clearTimeout(timer);
  }
}

/** A B C, A B C, …, after a warm-up that is not counted. */
export async function interleaveStreams<Name extends string>(
  sides: Readonly<Record<Name, StreamSide>>,
  how: {
    readonly title: string;
    readonly rounds: number;
    readonly events: number;
    readonly signal: AbortSignal;
    readonly tell: (line: string) => void;
  },
): Promise<Record<Name, StreamRound[]>> {
  const names = Object.keys(sides) as Name[];
  const rounds = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    StreamRound[]
  >;
  how.tell(`${how.title}: warming up …`);
  for (const name of names) await runEvents(sides[name], how.events, how.signal);
  for (let round = 1; round <= how.rounds; round += 1) {
    how.tell(`${how.title}: round ${round} of ${how.rounds} …`);
    for (const name of names) {
      rounds[name].push(await runEvents(sides[name], how.events, how.signal));
    }
  }
  return rounds;
}

/** Each call is one payment, which Alipay tells of at this address. */
export function paymentsOf(press: NotificationPress, notifyUrl: string): () => Promise<void> {
  let sheet: Buffer[] = [];
  return async () => {
    if (sheet.length === 0) sheet = (await press.print(PRINTED)).map(({ body }) => body);
    const answer = await request(notifyUrl, {
      method: 'POST',
      headers: { 'content-type': CONTENT_TYPE },
      body: sheet.pop() ?? '',
    });
    const text = await answer.body.text();
    if (text !== 'success') throw new Error(`A notification was answered ${text}.`);
  };
}

const PRINTED = 100;
