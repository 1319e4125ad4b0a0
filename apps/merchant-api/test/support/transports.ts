import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { type Answer } from './graphql-client';
import { type Stack, TOKEN } from './stack';

export const TRANSPORTS = ['HTTP', 'WebSocket', 'SSE'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface Asked {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

/** One operation over one of the ways in, each with a connection of its own. */
export async function askOver(
  { api }: Pick<Stack, 'api'>,
  transport: Transport,
  asked: Asked,
  token: string = TOKEN,
): Promise<Answer> {
  switch (transport) {
    case 'HTTP':
      return (await (await postJson(api.graphqlUrl, asked, token)).json()) as Answer;
    case 'SSE':
      return askForEvents(`${api.graphqlUrl}/stream`, asked, token);
    case 'WebSocket':
      return askSocket(api.graphqlUrl.replace(/^http/, 'ws'), asked, token);
  }
}

function postJson(url: string, asked: Asked, token: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(asked),
  });
}

async function askForEvents(url: string, asked: Asked, token: string): Promise<Answer> {
  const response = await postJson(url, asked, token);
  const text = await response.text();
  if (response.status !== 200) return JSON.parse(text) as Answer;
  const [, item] = /^event: next\ndata: (.*)$/m.exec(text) ?? [];
  if (item === undefined) throw new Error(`no event in ${text}`);
  return JSON.parse(item) as Answer;
}

async function askSocket(url: string, asked: Asked, token: string): Promise<Answer> {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  try {
    return await new Promise<Answer>((resolve, reject) => {
      client.subscribe(
        { ...asked, variables: { ...asked.variables } },
        {
          next: (answer) => {
            resolve(answer as unknown as Answer);
          },
          error: (error) => {
            if (Array.isArray(error))
              resolve({ data: null, errors: error as Answer['errors'] & {} });
            else
              reject(new Error(`the socket failed: ${(error as { code?: number }).code ?? 'why'}`));
          },
          complete: () => {
            reject(new Error('the operation ended without an answer'));
          },
        },
      );
    });
  } finally {
    await client.dispose();
  }
}
