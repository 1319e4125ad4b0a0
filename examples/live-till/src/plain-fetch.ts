/** The API without any library: one function to ask, and one to listen by server-sent events. */
export interface Api {
  readonly url: string;
  readonly token: string;
}

export interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { message: string; extensions?: { code?: string } }[];
}

/**
 * Data, or an error, whose `cause` holds the API's own with its code. What can be expected to be refused is in
 * `userErrors`, within the data. A mutation that ends in an error here may have been done: ask for the same again, a
 * refund with the same key.
 */
export async function ask<Data>(
  { url, token }: Api,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answer<Data>;
  if (errors?.[0] !== undefined || !data) {
    throw new Error(errors?.[0]?.message ?? `HTTP ${response.status}`, { cause: errors?.[0] });
  }
  return data;
}

/** The API says something every 12 seconds. A line that has died without a word is ended by nobody else for minutes. */
const SILENCE_MS = 25_000;

/**
 * Each answer of a subscription, until it ends or the line breaks: then call it again, with `after`. Where the error's
 * `cause.extensions.code` is CURSOR_EXPIRED, read the list again first, and begin with its `latestEventCursor`.
 */
export async function* listen<Data>(
  { url, token }: Api,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): AsyncGenerator<Data> {
  const line = new AbortController();
  const inTime = async <Heard>(hear: Promise<Heard>): Promise<Heard> => {
    const silence = setTimeout(() => {
      line.abort(new Error('The line is silent.'));
    }, SILENCE_MS);
    return hear.finally(() => {
      clearTimeout(silence);
    });
  };
  try {
    const response = await inTime(
      fetch(`${url}/stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
        signal: signal === undefined ? line.signal : AbortSignal.any([signal, line.signal]),
      }),
    );
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await inTime(reader.read());
      if (done) return;
      text += value;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const json = /^event: next\ndata: (.*)$/m.exec(event)?.[1];
        if (json === undefined) continue; // a line that keeps the connection open, or the end
        const { data, errors } = JSON.parse(json) as Answer<Data>;
        if (errors?.[0] !== undefined) throw new Error(errors[0].message, { cause: errors[0] });
        if (data) yield data;
      }
    }
  } finally {
    line.abort(); // also where nobody asks for more
  }
}
