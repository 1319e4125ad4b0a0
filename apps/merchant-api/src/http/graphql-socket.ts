import { isUtf8 } from 'node:buffer';
import { setMaxListeners } from 'node:events';
import { type IncomingMessage } from 'node:http';
import { type Duplex } from 'node:stream';

import { type DomainLog } from '@countersign/merchant-domain';
import { execute, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';

import { noteErrorsAfterDeeds } from '../graphql/after-the-deed';
import { type PayloadOf } from '../graphql/shared-payloads';
import { type SubscribeTogether, type SubscriptionArgs } from '../graphql/subscribe-together';
import { AccessUnavailable } from '../access/authenticator';
import { type Door } from '../access/door';
import { type EndReason, type Session } from '../access/sessions';
import { type ContextFor } from '../graphql/context';
import { type FormatError } from '../graphql/format-error';
import {
  badInput,
  type PreparedOperation,
  type PrepareOperation,
} from '../graphql/prepare-operation';
import { TooManyRequests } from '../limits/too-many-requests';
import { type CrossOrigin } from './cross-origin';
import { deliverStream, never } from './deliver-stream';
import { refuseUpgrade } from './respond';

export interface GraphqlSocket {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends every client away with 1001, as soon as its queries and mutations are answered. */
  close(deadline: AbortSignal): Promise<void>;
}

export interface GraphqlSocketParts {
  readonly prepare: PrepareOperation;
  readonly subscribe: SubscribeTogether;
  readonly payloadOf: PayloadOf;
  readonly door: Door;
  readonly crossOrigin: Pick<CrossOrigin, 'maySocket'>;
  readonly contextFor: ContextFor;
  readonly formatError: FormatError;
  readonly log: DomainLog;
}

interface Connection {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** Aborts when the socket is closed. */
  readonly gone: AbortController;
  session?: Session;
  /** Set while a message has not left yet: the client is not reading. */
  sendingSince: number | undefined;
  /** What each id stands for now: a client may use one again as soon as it has completed it. */
  readonly operations: Map<string, Operation>;
  /** The ids of queries and mutations that are not answered yet. */
  readonly underWay: Set<string>;
  /** Said when what is under way is answered. What it still asks, it asks again when it is back. */
  farewell: Farewell | undefined;
  /** Resolves when it is gone. */
  leaving: Promise<unknown> | undefined;
  isAlive: boolean;
  /** In which of the rounds it is pinged: thousands in one would hold everybody up. */
  readonly pingedIn: number;
  /** Since the last round, of every kind, the protocol's own pings too. */
  messages: number;
  /** For how long it has been told goodbye. */
  farewellRounds: number;
}

type Farewell = readonly [code: number, reason: string];

/** Goes with an operation through the protocol's library. */
interface Operation {
  readonly id: string;
  readonly connection: Connection;
  /** The library's own, by their ids: one that is completed is not there any more. */
  readonly subscriptions: Readonly<Record<string, unknown>>;
}

interface Operated extends Pick<PreparedOperation, 'type'> {
  readonly operation: Operation;
}

const messageBytesMax = 1024 * 1024;
const operationsPerSocketMax = 200;
/** Who has opened a connection says at once who he is. */
const initTimeoutMs = 5_000;
const roundMs = 1_000;
/** Far above what a client with all of its operations sends when it comes back. */
const messagesPerRoundMax = 1_000;
const farewellRoundsMax = 5;
/** What is under way must end by then: the gateway's time-out, and what the database takes. */
const leavingRoundsMax = 60;
/** A client that answers no ping for as long is gone; its subscriptions end. */
const pingEveryRounds = 12;
const sendPatienceMs = 5_000;
/** Clients reconnect after it. */
const TRY_AGAIN_LATER = 1013;
/** And not after this one. */
const POLICY_VIOLATION = 1008;
/** After 4403 clients come back, by then with a fresh token; after 4401 nothing is left to try. */
const FAREWELLS: Readonly<Record<EndReason, Farewell>> = {
  EXPIRED: [CloseCode.Forbidden, 'Token expired'],
  REVOKED: [CloseCode.Unauthorized, 'API key revoked'],
};
const farewellMs = 2_000;
const GOING_AWAY: Farewell = [1001, 'Going away'];

/** GraphQL over WebSocket (graphql-transport-ws), under the same rules as over HTTP. */
export function createGraphqlSocket(parts: GraphqlSocketParts): GraphqlSocket {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  const connections = new Set<Connection>();
  let opened = 0;
  const format = (errors: readonly GraphQLError[]): GraphQLFormattedError[] =>
    errors.map((error) =>
      error instanceof RateLimited ? error.toJSON() : parts.formatError(error.toJSON(), error),
    );

  const server = makeServer<Record<string, unknown> | undefined, Connection>({
    connectionInitWaitTimeout: initTimeoutMs,
    execute: async (args) => {
      const { operation, type, contextValue } = args as SubscriptionArgs & Operated;
      const result = await contextValue.allowance.run(() => Promise.resolve(execute(args)));
      noteErrorsAfterDeeds(type, result);
      return isReplaced(operation) ? never() : result;
    },
    subscribe: async (args) => {
      const { operation, ...asked } = args as SubscriptionArgs & Operated;
      const { id, connection, subscriptions } = operation;
      const results = await parts.subscribe(asked);
      if (isReplaced(operation)) {
        if (Symbol.asyncIterator in results) void results.return?.();
        return never();
      }
      // Completed meanwhile: the library ends it without a word.
      if (!(id in subscriptions)) connection.operations.delete(id);
      if (!(Symbol.asyncIterator in results)) return results;
      return deliverStream(results, {
        id,
        gone: connection.gone.signal,
        isReplaced: () => isReplaced(operation),
        payloadOf: parts.payloadOf,
        send: (message, done) => {
          sendTo(connection, message, done);
        },
        interrupted: ({ cause }) => {
          parts.log.warn('a subscriber was sent away, to come back', { error: cause });
          return sendAway(connection, [TRY_AGAIN_LATER, 'Come back with the last cursor you saw']);
        },
      });
    },
    onConnect: async ({ connectionParams, extra }) => {
      const session = await admit(parts.door, connectionParams, extra);
      if (session === null) return false;
      extra.session = session;
      return true;
    },
    onSubscribe: ({ extra, subscriptions }, id, payload) => {
      // Whatever it stood for says nothing under it any more.
      extra.operations.delete(id);
      extra.underWay.delete(id);
      if (Object.keys(subscriptions).length > operationsPerSocketMax) {
        return [
          badInput(`At most ${operationsPerSocketMax} operations at a time on a connection.`),
        ];
      }
      if (extra.session === undefined) return [badInput('The connection was not initialised.')];
      const limited = isTooMuch(parts.door, extra.session);
      if (limited !== null) return [limited];
      const operation = parts.prepare(payload);
      if (!('type' in operation)) return operation;
      const contextValue = parts.contextFor(extra.session.caller, extra.gone.signal);
      if (operation.type === 'mutation') contextValue.allowance.letItEnd();
      if (operation.type !== 'subscription') extra.underWay.add(id);
      const own: Operation = { id, connection: extra, subscriptions };
      extra.operations.set(id, own);
      return { ...operation, contextValue, operation: own };
    },
    onComplete: ({ extra }, id) => {
      extra.operations.delete(id);
      extra.underWay.delete(id);
      // The message that says so leaves first.
      if (extra.farewell !== undefined) setImmediate(sayGoodbye, extra);
    },
    onNext: (_context, _id, _payload, _args, { errors, data }) =>
      errors === undefined ? undefined : { data: data ?? null, errors: format(errors) },
    onError: (_context, _id, _payload, errors) => format(errors),
  });

  const care = lookAfter(connections, parts.log);
  sockets.on('connection', (socket, request) => {
    const connection: Connection = {
      socket,
      request,
      gone: new AbortController(),
      sendingSince: undefined,
      operations: new Map(),
      underWay: new Set(),
      farewell: undefined,
      leaving: undefined,
      isAlive: true,
      pingedIn: (opened += 1) % pingEveryRounds,
      messages: 0,
      farewellRounds: 0,
    };
    setMaxListeners(0, connection.gone.signal); // each operation listens while it runs
    connections.add(connection);
    socket.once('close', () => {
      connections.delete(connection);
      connection.gone.abort();
      connection.session?.close();
    });
    serve(server, connection, parts.log);
  });

  return {
    upgrade: (request, socket, head) => {
      if (!parts.crossOrigin.maySocket(request)) {
        refuseUpgrade(socket, '403 Forbidden');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (upgraded) => {
        sockets.emit('connection', upgraded, request);
      });
    },
    close: async (deadline) => {
      const cut = (): void => {
        for (const { socket } of connections) socket.terminate();
      };
      if (deadline.aborted) cut();
      else deadline.addEventListener('abort', cut, { once: true });
      const closed = new Promise((resolve) => {
        sockets.close(resolve);
      });
      const left = [...connections].map((connection) => sendAway(connection, GOING_AWAY));
      await Promise.all([closed, ...left]);
      care.stop();
      deadline.removeEventListener('abort', cut);
    },
  };
}

/** Whether its client has completed it, and has used its id for something else since. */
function isReplaced(operation: Operation): boolean {
  return operation.connection.operations.get(operation.id) !== operation;
}

/** Once everything it has asked is answered; resolves when it is gone. */
function sendAway(connection: Connection, farewell: Farewell): Promise<unknown> {
  connection.leaving ??= whenClosed(connection.socket);
  connection.farewell ??= farewell;
  sayGoodbye(connection);
  return connection.leaving;
}

/** A client that does not go within the time is cut off. */
function sayGoodbye({ socket, underWay, farewell = GOING_AWAY }: Connection): void {
  if (underWay.size > 0 || socket.readyState !== socket.OPEN) return;
  socket.close(...farewell);
  const patience = setTimeout(() => {
    socket.terminate();
  }, farewellMs);
  socket.once('close', () => {
    clearTimeout(patience);
  });
}

function whenClosed(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) resolve(undefined);
    else socket.once('close', resolve);
  });
}

/** Lets a client in until its token ends, or closes the socket and says why by the code. */
async function admit(
  door: Door,
  connectionParams: Readonly<Record<string, unknown>> | undefined,
  { socket, request }: Connection,
): Promise<Session | null> {
  try {
    const session = await door.open(request, {
      kind: 'connection',
      authorization: authorizationIn(connectionParams),
      end: (reason) => {
        socket.close(...FAREWELLS[reason]);
      },
    });
    if (session === null) socket.close(CloseCode.Unauthorized, 'Unauthorized');
    if (socket.readyState === socket.OPEN) return session;
    session?.close();
    return null;
  } catch (error) {
    if (error instanceof TooManyRequests) socket.close(TRY_AGAIN_LATER, error.message);
    else if (error instanceof AccessUnavailable) socket.close(TRY_AGAIN_LATER, 'Try again later');
    else throw error;
    return null;
  }
}

/** An error about one operation; the connection and what runs on it stay. */
class RateLimited extends GraphQLError {
  constructor({ message, retryAfterSeconds }: TooManyRequests) {
    super(message, { extensions: { code: 'RATE_LIMITED', retryAfterSeconds } });
  }
}

function isTooMuch(door: Door, { caller }: Session): RateLimited | null {
  try {
    door.count(caller);
    return null;
  } catch (error) {
    if (error instanceof TooManyRequests) return new RateLimited(error);
    throw error;
  }
}

/** Clients that pass HTTP headers on spell it with a capital. */
function authorizationIn(params: Readonly<Record<string, unknown>> = {}): string | undefined {
  const authorization = params['authorization'] ?? params['Authorization'];
  return typeof authorization === 'string' ? authorization : undefined;
}

/** Ties one socket to the protocol. Each message of a stream waits until the one before has left. */
function serve(
  server: ReturnType<typeof makeServer<Record<string, unknown> | undefined, Connection>>,
  connection: Connection,
  log: DomainLog,
): void {
  const { socket } = connection;
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (text) =>
        new Promise<void>((done) => {
          sendTo(connection, text, done);
        }),
      close: (code, reason) => {
        socket.close(code, reason);
      },
      onMessage: (take) => {
        socket.on('message', (message: Buffer, isBinary) => {
          if (!mayBeHeard(connection, log)) return;
          // Of text the library below has made sure.
          if (isBinary && !isUtf8(message)) {
            socket.close(CloseCode.BadRequest, 'The message is not UTF-8');
            return;
          }
          take(message.toString()).catch((error: unknown) => {
            log.error('a message of a subscriber could not be dealt with', { error });
            socket.close(CloseCode.InternalServerError, 'Internal server error');
          });
        });
      },
    },
    connection,
  );
  socket.on('ping', () => {
    mayBeHeard(connection, log);
  });
  socket.on('pong', () => {
    mayBeHeard(connection, log);
    connection.isAlive = true;
  });
  socket.on('error', (error) => {
    log.warn('the connection of a subscriber failed', { error });
  });
  socket.once('close', (code, reason) => {
    void closed(code, reason.toString());
  });
}

/** A message of text. One that cannot leave any more is no trouble of its sender's. */
function sendTo(connection: Connection, message: string | Buffer, done: () => void): void {
  const { socket } = connection;
  if (socket.readyState !== socket.OPEN) {
    done();
    return;
  }
  connection.sendingSince ??= performance.now();
  // A socket that fails tells so by its own events, and is closed there.
  socket.send(message, { binary: false }, () => {
    connection.sendingSince = undefined;
    done();
  });
}

/**
 * Nothing is heard from a client that was told goodbye, or is about to be, whether it goes or not: its
 * token may be what has ended. One that floods us is told so.
 */
function mayBeHeard(connection: Connection, log: DomainLog): boolean {
  const { socket, session, farewell } = connection;
  if (socket.readyState !== socket.OPEN || farewell !== undefined) return false;
  connection.messages += 1;
  if (connection.messages <= messagesPerRoundMax) return true;
  log.warn('a subscriber sent too many messages and was closed', {
    subject: session?.caller.subject,
  });
  socket.close(POLICY_VIOLATION, 'Too many messages');
  return false;
}

/**
 * Looks after all sockets at once. One whose client has stopped reading is closed with a code: what
 * waits for it is bounded until then. One whose client is gone is dropped.
 */
function lookAfter(
  connections: ReadonlySet<Connection>,
  log: DomainLog,
): { readonly stop: () => void } {
  let rounds = 0;
  const timer = setInterval(() => {
    rounds += 1;
    for (const connection of connections) {
      const { socket, session, sendingSince, isAlive, farewell } = connection;
      const isPinged = rounds % pingEveryRounds === connection.pingedIn;
      connection.messages = 0;
      if (socket.readyState !== socket.OPEN) {
        connection.farewellRounds += 1;
        if (connection.farewellRounds > farewellRoundsMax) socket.terminate();
        continue;
      }
      if (farewell !== undefined) {
        connection.farewellRounds += 1;
        if (connection.farewellRounds > leavingRoundsMax) socket.close(...farewell);
      }
      if (sendingSince !== undefined && performance.now() - sendingSince > sendPatienceMs) {
        log.warn('a subscriber was too slow and was closed', {
          subject: session?.caller.subject,
        });
        socket.close(TRY_AGAIN_LATER, 'Too slow: reconnect with the last cursor you saw');
      } else if (isPinged && !isAlive) socket.terminate();
      else if (isPinged) {
        connection.isAlive = false;
        socket.ping();
      }
    }
  }, roundMs);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
