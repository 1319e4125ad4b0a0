import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import { PAYMENT_RECEIVED } from './documents';
import type { Variables } from './graphql-client';
import { TOKEN } from './keys';
import type { EventShape } from './shapes';

/** A till as docs/frontend.md has it: when its line ends it comes back with its last cursor. */
export interface Till {
  readonly name: string;
  /** The payments it has shown, by Alipay's numbers, in their order. */
  readonly shown: readonly string[];
  /** How its lines have ended, counted. */
  readonly ends: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export type Way = 'WebSocket' | 'server-sent events';

interface Line {
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  hangUp(): void;
}

type Hear = (event: EventShape) => void;

const COMES_BACK_AFTER_MS = 30;

export function openTill(
  apiUrl: string,
  way: Way,
  { after, storeId }: { readonly after: string; readonly storeId?: string },
): Till {
  const shown: string[] = [];
  const ends = new Map<string, number>();
  let cursor = after;
  let isOver = false;
  let line: Line | undefined;

  const hear: Hear = (event) => {
    cursor = event.cursor;
    shown.push(event.transaction.alipayTransId);
  };
  const listen = way === 'WebSocket' ? overWebSocket : overServerSentEvents;
  const live = async (): Promise<void> => {
    while (!over()) {
      line = listen(apiUrl, { storeId, after: cursor }, hear);
      const end = await line.ended;
      if (over()) return;
      ends.set(end, (ends.get(end) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, COMES_BACK_AFTER_MS));
    }
  };
  const over = (): boolean => isOver;
  const lived = live();
  return {
    name: `${way}${storeId === undefined ? '' : ' of one store'}`,
    shown,
    ends,
    close: async () => {
      isOver = true;
      line?.hangUp();
      await lived;
    },
  };
}

function overWebSocket(apiUrl: string, variables: Variables, hear: Hear): Line {
  const client = createClient({
    url: `${apiUrl.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${TOKEN}` },
    retryAttempts: 0,
  });
  const ended = new Promise<string>((resolve) => {
    client.subscribe<{ paymentReceived: EventShape }>(
      { query: PAYMENT_RECEIVED.text, variables },
      {
        next: ({ data, errors }) => {
          if (data) hear(data.paymentReceived);
          else resolve(codesOf(errors));
        },
        error: (error) => {
          resolve(Array.isArray(error) ? codesOf(error) : closeOf(error));
        },
        complete: () => {
          resolve('complete');
        },
      },
    );
  });
  return {
    ended: ended.finally(() => void client.dispose()),
    hangUp: () => void client.dispose(),
  };
}

function overServerSentEvents(apiUrl: string, variables: Variables, hear: Hear): Line {
  const leaving = new AbortController();
  const read = async (): Promise<string> => {
    const response = await fetch(`${apiUrl}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ query: PAYMENT_RECEIVED.text, variables }),
      signal: leaving.signal,
    });
    if (!response.ok || response.body === null) return `HTTP ${response.status}`;
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const messages = rest.split('\n\n');
      rest = messages.pop() ?? '';
      for (const message of messages) {
        const json = /^event: next\ndata: (?<json>.*)$/m.exec(message)?.groups?.['json'];
        if (json === undefined) continue;
        const { data, errors } = JSON.parse(json) as {
          data?: { paymentReceived: EventShape };
          errors?: unknown[];
        };
        if (!data) return codesOf(errors);
        hear(data.paymentReceived);
      }
    }
    return 'complete';
  };
  return {
    ended: read().catch(() => 'cut'),
    hangUp: () => {
      leaving.abort();
    },
  };
}

function codesOf(errors: readonly unknown[] | undefined): string {
  const codes = (errors ?? []).map(
    (error) => (error as { extensions?: { code?: string } }).extensions?.code ?? String(error),
  );
  return codes.join(', ');
}

function closeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? `closed with ${code}` : 'not connected';
}
