import type { Operation, Variables } from './graphql-client';

export interface ServerSentEvents<Data> {
  readonly httpStatus: number;
  /** Everything so far, in the order of arrival. */
  readonly received: readonly Data[];
  close(): void;
}

/** The same subscription over plain HTTP (GraphQL over SSE, distinct connections mode). */
export async function openServerSentEvents<Data>(
  streamUrl: string,
  { text }: Operation<Data>,
  { variables, authorization }: { variables: Variables; authorization: string },
): Promise<ServerSentEvents<Data>> {
  const leaving = new AbortController();
  const response = await fetch(streamUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization,
    },
    body: JSON.stringify({ query: text, variables }),
    signal: leaving.signal,
  });
  const received: Data[] = [];
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const messages = rest.split('\n\n');
      rest = messages.pop() ?? '';
      for (const message of messages) {
        const next = /^event: next\ndata: (?<json>.*)$/m.exec(message)?.groups?.['json'];
        if (next !== undefined) received.push((JSON.parse(next) as { data: Data }).data);
      }
    }
  };
  read().catch(() => undefined); // it ends when we leave
  return {
    httpStatus: response.status,
    received,
    close: () => {
      leaving.abort();
    },
  };
}
