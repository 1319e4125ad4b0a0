import { isUtf8 } from 'node:buffer';
import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type ApolloServer, HeaderMap } from '@apollo/server';

import { type Door } from '../access/door';
import { type ApiContext, type ContextFor } from '../graphql/context';
import { BodyRefused, readBody } from './read-body';
import { graphqlError, type Reply, respond, whenOver } from './respond';

export interface GraphqlRoute {
  readonly apollo: ApolloServer<ApiContext>;
  readonly door: Door;
  readonly contextFor: ContextFor;
}

const graphqlBodyBytesMax = 1024 * 1024;
const graphqlBodyTimeoutMs = 15_000;

/** GraphQL over HTTP. Nothing is read, parsed or executed for a caller without a valid token. */
export async function answerGraphql(
  { apollo, door, contextFor }: GraphqlRoute,
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
): Promise<void> {
  const caller = await door.enter(request);
  if (caller === null) {
    respond(request, response, unauthenticated());
    return;
  }

  if (request.method !== 'POST' && request.method !== 'GET' && request.method !== 'HEAD') {
    const message = 'Send the operation by POST, or a query by GET.';
    respond(request, response, graphqlError(405, 'BAD_USER_INPUT', message));
    return;
  }

  const body = request.method === 'POST' ? await readJsonBody(request) : { json: undefined };
  if ('reply' in body) {
    respond(request, response, body.reply);
    return;
  }

  const context = contextFor(caller, goneWith(response));
  const answer = await context.allowance.run(() =>
    apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: (request.method ?? 'GET').toUpperCase(),
        headers: headersOf(request),
        search,
        body: body.json,
      },
      context: () => Promise.resolve(context),
    }),
  );
  const [contentType, headers] = splitHeaders(answer.headers);
  if (answer.body.kind !== 'complete') throw new Error('an answer in parts was not expected');
  respond(request, response, {
    status: answer.status ?? 200,
    contentType,
    body: answer.body.string,
    headers,
  });
}

/** Aborts when the connection of an answer is closed before all of the answer has left. */
export function goneWith(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  whenOver(response, () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

export function unauthenticated(): Reply {
  return graphqlError(
    401,
    'UNAUTHENTICATED',
    'Send a valid token: the header is `Authorization: Bearer <token>`.',
  );
}

/** The JSON of a request, or how it is refused. */
export async function readJsonBody(
  request: IncomingMessage,
): Promise<{ readonly json: unknown } | { readonly reply: Reply }> {
  const refused = (status: number, message: string): { readonly reply: Reply } => ({
    reply: graphqlError(status, 'BAD_USER_INPUT', message),
  });
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    return refused(415, 'Send the operation as JSON: Content-Type: application/json.');
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return refused(415, 'Send the body as it is, without a Content-Encoding.');
  }
  try {
    const bytes = await readBody(request, {
      bytesMax: graphqlBodyBytesMax,
      timeoutMs: graphqlBodyTimeoutMs,
    });
    // Read all the same, characters of another charset become one replacement each: two sales, or two keys of
    // a refund, that differ in nothing else would be the same.
    if (!isUtf8(bytes)) return refused(400, 'The body is not UTF-8, as JSON has to be.');
    return { json: JSON.parse(bytes.toString('utf8')) as unknown };
  } catch (error) {
    if (error instanceof BodyRefused) return refused(error.status, error.message);
    if (error instanceof SyntaxError) return refused(400, 'The body is no JSON.');
    throw error;
  }
}

/** Before what the caller says, which may be malformed and end in a quotation mark. */
const ANYTHING_ELSE = '*/*;q=0.001';

function headersOf(request: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // Who reads no JSON is answered in it all the same. Apollo would refuse him, as for a mistake in the
  // request, when all that he asked for has been done.
  const accept = headers.get('accept');
  if (accept !== undefined) headers.set('accept', `${ANYTHING_ELSE}, ${accept}`);
  return headers;
}

function splitHeaders(headers: HeaderMap): [contentType: string, others: Record<string, string>] {
  const { 'content-type': contentType, ...others } = Object.fromEntries(headers);
  return [contentType ?? 'application/json; charset=utf-8', others];
}
