import { placeOfCursor } from '@countersign/merchant-domain';

import { type EventStream, openEventStream } from '../event-stream';
import type { Operation } from '../graphql-client';
import { TOKEN } from '../keys';
import { waitFor } from '../wait-for';
import { judgeStates } from './judge-events';
import type { Site } from './site';

interface Heard {
  readonly cursor: string;
  readonly status: string;
  readonly transaction: { readonly id: string };
}

/** Somebody who listens to everything, and comes back with the last cursor whenever the line breaks. */
export interface Subscriber {
  /** Cuts its own line, as a lost network does. */
  cut(): void;
  /** From now on it may be told once that its cursor is of another history. */
  expectRestore(): void;
  /** Waits for the last event, and tells what was missed, doubled, out of order or went back. */
  judge(): Promise<string[]>;
  close(): Promise<void>;
}

const EVENTS: Operation<{ transactionEvents: Heard }> = {
  text: `subscription ($after: String) {
    transactionEvents(after: $after) { cursor status transaction { id } } }`,
};

/** The cursor before the first event. */
const BEFORE_ALL = Buffer.from('event 0').toString('base64url');
const LOOK_MS = 25;

export function openSubscriber(site: Site): Subscriber {
  let heard: Heard[] = [];
  let cursor = BEFORE_ALL;
  let stream: EventStream<{ transactionEvents: Heard }> | undefined;
  let isOver = false;
  let taken = 0;
  let judged = 0n;
  let judgedCursor = BEFORE_ALL;
  let mayStartOver = false;
  const endings: { readonly at: number; readonly errors: readonly unknown[] }[] = [];

  /** What was heard is of a history that is no more. */
  const startOver = (): void => {
    heard = [];
    cursor = judgedCursor;
    mayStartOver = false;
  };
  const take = (): void => {
    const news = stream?.received.slice(taken) ?? [];
    taken += news.length;
    heard.push(...news.map(({ transactionEvents }) => transactionEvents));
    cursor = heard.at(-1)?.cursor ?? cursor;
  };
  const open = (): Promise<EventStream<{ transactionEvents: Heard }>> =>
    openEventStream(`${site.frontUrl.replace('http', 'ws')}/graphql`, EVENTS, {
      variables: { after: cursor },
      authorization: `Bearer ${TOKEN}`,
    });
  const listen = async (): Promise<void> => {
    // A cursor is one of this history only once there is a history.
    while (!over() && (await site.rows('select 1 from transaction_events limit 1')).length === 0) {
      await pause();
    }
    while (!over()) {
      const opened = await open().catch(() => undefined);
      stream = opened;
      taken = 0;
      let isClosed = opened === undefined;
      void opened?.closed.then(() => {
        isClosed = true;
      });
      while (!closed() && opened?.errors.length === 0) await pause();
      const errors = opened?.errors.filter(isAnswered) ?? [];
      opened?.cut();
      take();
      stream = undefined;
      if (mayStartOver && JSON.stringify(errors).includes('CURSOR_EXPIRED')) startOver();
      else if (errors.length > 0) endings.push({ at: performance.now(), errors });
      await pause();

      function closed(): boolean {
        return isClosed;
      }
    }
  };
  const over = (): boolean => isOver;
  const listening = listen().catch((error: unknown) => {
    endings.push({ at: Infinity, errors: [error] });
  });

  return {
    cut: () => stream?.cut(),
    expectRestore: () => {
      mayStartOver = true;
    },
    judge: async () => {
      const written = await site.rows<{ position: string }>(
        'select position from transaction_events where position > $1 order by position',
        [judged.toString()],
      );
      const last = BigInt(written.at(-1)?.position ?? judged);
      await waitFor(`the subscriber to hear of event ${last}`, () => {
        take();
        return placeOfCursor(cursor).position >= last;
      });
      judged = last;
      judgedCursor = cursor;
      mayStartOver = false;
      const must = written.map(({ position }) => position).join();
      const was = heard.map((event) => placeOfCursor(event.cursor).position.toString()).join();
      const unexplained = endings
        .splice(0)
        .filter(({ at }) => !site.weather.wasRough({ start: at, end: at }, 'answers'))
        .map(({ errors }) => `the subscription ended with ${JSON.stringify(errors)}`);
      const findings = was === must ? [] : [`the subscriber heard ${was}, and must hear ${must}`];
      const stories = new Map<string, string[]>();
      for (const { transaction, status } of heard) {
        stories.set(transaction.id, [...(stories.get(transaction.id) ?? []), status]);
      }
      heard = [];
      return [...findings, ...unexplained, ...[...stories.values()].flatMap(judgeStates)];
    },
    close: async () => {
      isOver = true;
      stream?.cut();
      await listening;
    },
  };
}

/** An error that the product answered; a broken line has none to show. */
function isAnswered(error: unknown): boolean {
  return JSON.stringify(error).includes('"message"');
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
