import { type IncomingMessage, type ServerResponse } from 'node:http';

import { actingAs, type Domain, Forbidden, importStatement } from '@countersign/merchant-domain';

import { type Door } from '../access/door';
import { toStatementNode } from '../graphql/statement/statement.type';
import { userErrorsOf } from '../graphql/user-error.type';
import { unauthenticated } from './graphql.route';
import { graphqlError, json, respond, whenOver } from './respond';

const STATEMENTS_PATH = '/statements/';

export interface StatementsRoute {
  readonly domain: Domain;
  readonly door: Door;
}

/** The file's name, when the path is one of a statement. */
export function statementNameIn(path: string): string | null {
  if (!path.startsWith(STATEMENTS_PATH)) return null;
  try {
    return decodeURIComponent(path.slice(STATEMENTS_PATH.length));
  } catch {
    return '';
  }
}

/** A statement of any size, streamed: `importStatement` without GraphQL's limit on a body. */
export async function answerStatement(
  { domain, door }: StatementsRoute,
  request: IncomingMessage,
  response: ServerResponse,
  fileName: string,
): Promise<void> {
  // A token that ends meanwhile was good when the upload began; the file is taken whole or not at all.
  const session = await door.open(request, { kind: 'file', end: () => undefined });
  if (session === null) {
    respond(request, response, unauthenticated());
    return;
  }
  whenOver(response, session.close);
  const { caller } = session;
  if (request.method !== 'POST') {
    respond(
      request,
      response,
      json(405, { error: 'Send a statement by POST.' }, { allow: 'POST' }),
    );
    return;
  }
  try {
    const command = { caller, fileName, content: bytesOf(request) };
    const result = await actingAs(caller.subject, () => importStatement(domain, command));
    const statement = result.statement === undefined ? null : toStatementNode(result.statement);
    const userErrors = userErrorsOf(result);
    respond(
      request,
      response,
      json(userErrors.length === 0 ? 200 : 422, { statement, userErrors }),
    );
  } catch (error) {
    if (!(error instanceof Forbidden)) throw error;
    respond(request, response, graphqlError(403, error.code, error.message));
  }
}

/** The body as it comes; one that breaks off is an error, and never a shorter file. */
async function* bytesOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of request) yield chunk as Buffer;
  if (!request.complete) throw new Error('the upload broke off');
}
