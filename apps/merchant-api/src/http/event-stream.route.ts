import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type Caller, type DomainLog } from '@countersign/merchant-domain';
import { execute, type ExecutionResult, GraphQLError } from 'graphql';

import { type Door } from '../access/door';
import { noteErrorsAfterDeeds } from '../graphql/after-the-deed';
import { type ApiContext, type ContextFor } from '../graphql/context';
import {
  type OperationRequest,
  type PreparedOperation,
  type PrepareOperation,
} from '../graphql/prepare-operation';
import { type PayloadOf } from '../graphql/shared-payloads';
import { StreamInterrupted } from '../graphql/stream-interrupted';
import { type Results, type SubscribeTogether } from '../graphql/subscribe-together';
import { sendAll } from './deliver-stream';
import { goneWith, readJsonBody, unauthenticated } from './graphql.route';
import { ALWAYS, graphqlError, type Reply, respond, whenOver } from './respond';

export interface EventStreamRoute {
  readonly door: Door;
  readonly contextFor: ContextFor;
  readonly prepare: PrepareOperation;
  readonly subscribe: SubscribeTogether;
  readonly payloadOf: PayloadOf;
  readonly log: DomainLog;
}

export interface EventStreams {
  answer(request: IncomingMessage, response: ServerResponse, search: string): Promise<void>;
  /**
   * Cuts every subscription, without saying that it is complete: its client comes back. None begins any
   * more. Queries and mutations are answered.
   */
  close(): void;
}

/** A line that says nothing, so that no proxy takes the stream for dead. */
const keepAliveMs = 12_000;
const sendPatienceMs = 5_000;

/** GraphQL over server-sent events, one operation for each connection, where no WebSocket gets through. */
export function createEventStreams(route: EventStreamRoute): EventStreams {
  const open = new Set<ServerResponse>();
  let isClosed = false;

  return {
    answer: async (request, response, search) => {
      // Like any end that is not the stream's own: its client comes back, with a token that is good.
      const session = await route.door.open(request, {
        kind: 'connection',
        end: () => {
          response.destroy();
        },
      });
      if (session === null) {
        respond(request, response, unauthenticated());
        return;
      }
      whenOver(response, session.close);
      const asked = await ask(route, request, search);
      if ('reply' in asked) {
        respond(request, response, asked.reply);
        return;
      }
      if ('type' in asked && asked.type === 'subscription') {
        if (isClosed) {
          response.destroy();
          return;
        }
        open.add(response);
        whenOver(response, () => open.delete(response));
      }
      await stream(route, response, { caller: session.caller, operation: asked });
    },
    close: () => {
      isClosed = true;
      for (const response of open) response.destroy();
    },
  };
}

interface Asked {
  readonly caller: Caller;
  readonly operation: PreparedOperation | readonly GraphQLError[];
}

async function ask(
  { prepare }: EventStreamRoute,
  request: IncomingMessage,
  search: string,
): Promise<Asked['operation'] | { readonly reply: Reply }> {
  if (request.method !== 'GET' && request.method !== 'POST') {
    return { reply: graphqlError(405, 'BAD_USER_INPUT', 'Send the operation by POST, or by GET.') };
  }
  const body = request.method === 'GET' ? searchBody(search) : await readJsonBody(request);
  if ('reply' in body) return body;
  const asked = operationIn(body.json);
  if (asked === null) {
    return { reply: graphqlError(400, 'BAD_USER_INPUT', 'There is no operation in the request.') };
  }
  const operation = prepare(asked);
  if (request.method === 'GET' && 'type' in operation && operation.type === 'mutation') {
    return { reply: graphqlError(405, 'BAD_USER_INPUT', 'Send a mutation by POST.') };
  }
  return operation;
}

function searchBody(search: string): { readonly json: unknown } {
  const { query, operationName, variables } = Object.fromEntries(new URLSearchParams(search));
  try {
    return { json: { query, operationName, variables: JSON.parse(variables ?? '{}') as unknown } };
  } catch {
    return { json: null };
  }
}

function operationIn(json: unknown): OperationRequest | null {
  if (typeof json !== 'object' || json === null) return null;
  const { query, operationName, variables } = json as Record<string, unknown>;
  if (typeof query !== 'string' || query === '') return null;
  return {
    query,
    operationName: typeof operationName === 'string' ? operationName : null,
    variables: isRecord(variables) ? variables : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function stream(
  route: EventStreamRoute,
  response: ServerResponse,
  { caller, operation }: Asked,
): Promise<void> {
  response.writeHead(200, {
    ...ALWAYS,
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  const keepAlive = setInterval(() => response.write(':\n\n'), keepAliveMs);
  try {
    const results = await resultsOf(route, operation, route.contextFor(caller, goneWith(response)));
    whenOver(response, () => void results.return?.());
    await sendAll(results, (result, done) => {
      send(response, nextEvent(route, result), done);
    });
  } catch (error) {
    if (error instanceof StreamInterrupted) {
      route.log.warn('a subscriber was sent away, to come back', { error: error.cause });
      response.destroy();
      return;
    }
    const failed = new GraphQLError('the stream failed', { originalError: asError(error) });
    await new Promise<void>((done) => {
      send(response, nextEvent(route, { errors: [failed] }), done);
    });
  } finally {
    clearInterval(keepAlive);
  }
  response.end('event: complete\ndata:\n\n');
}

async function resultsOf(
  { subscribe }: EventStreamRoute,
  operation: Asked['operation'],
  contextValue: ApiContext,
): Promise<Results> {
  if (!('type' in operation)) return only({ errors: operation });
  const args = { ...operation, contextValue };
  if (operation.type === 'mutation') contextValue.allowance.letItEnd();
  const result = await (operation.type === 'subscription'
    ? subscribe(args)
    : contextValue.allowance.run(() => Promise.resolve(execute(args))));
  if (!(Symbol.asyncIterator in result)) noteErrorsAfterDeeds(operation.type, result);
  return Symbol.asyncIterator in result ? result : only(result);
}

async function* only(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield await Promise.resolve(result);
}

function nextEvent({ payloadOf }: EventStreamRoute, result: ExecutionResult): Buffer {
  return Buffer.concat([BEGIN, payloadOf(result), END]);
}

const BEGIN = Buffer.from('event: next\ndata: ');
const END = Buffer.from('\n\n');

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Calls back when the event has left; a client that does not read loses its stream. */
function send(response: ServerResponse, message: Buffer, done: () => void): void {
  if (response.destroyed || response.write(message)) {
    done();
    return;
  }
  const timer = setTimeout(() => response.destroy(), sendPatienceMs);
  const go = (): void => {
    clearTimeout(timer);
    response.off('drain', go).off('close', go);
    done();
  };
  response.on('drain', go).on('close', go);
}
