import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import { type Clock, type DomainLog } from '@countersign/merchant-domain';

import { AccessUnavailable } from './access/authenticator';
import { type ExplorerRoute, explorerFor, wantsExplorer } from './explorer/explorer.route';
import { type CrossOrigin } from './http/cross-origin';
import { type EventStreams } from './http/event-stream.route';
import { answerExport, exportNameIn, type ExportsRoute } from './http/exports.route';
import { answerGraphql, type GraphqlRoute } from './http/graphql.route';
import { type GraphqlSocket } from './http/graphql-socket';
import { type Health } from './http/health';
import { answerStatement, statementNameIn, type StatementsRoute } from './http/statements.route';
import { graphqlError, json, refuseUpgrade, type Reply, respond, text } from './http/respond';
import { TooManyRequests } from './limits/too-many-requests';
import { type Metrics } from './metrics/metrics';
import {
  answerNotification,
  type NotificationRoute,
  notificationTokenIn,
} from './notifications/notification.route';

export const GRAPHQL_PATH = '/graphql';
const EVENT_STREAM_PATH = `${GRAPHQL_PATH}/stream`;

/** What the server answers; a worker answers for its health only. */
export interface Routes {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly api?: {
    readonly graphql: GraphqlRoute;
    readonly streams: EventStreams;
    readonly socket: GraphqlSocket;
    readonly explorer: ExplorerRoute;
    readonly notifications: NotificationRoute;
    readonly statements: StatementsRoute;
    readonly exports: ExportsRoute;
    readonly crossOrigin: CrossOrigin;
  };
}

export interface HttpServerParts {
  readonly host: string;
  readonly port: number;
  readonly connectionsMax: number;
  /** The value of its header; undefined where it has no place. */
  readonly transportSecurity: string | undefined;
  readonly log: DomainLog;
  readonly newId: Clock['newId'];
}

export interface HttpServer {
  readonly port: number;
  /** Goes on answering, and asks for no further request on a connection that has been answered. */
  drain(): void;
  /**
   * Takes nothing new, answers what is under way, then sends the sockets away; what is left at the
   * deadline is cut off.
   */
  close(deadline: AbortSignal): Promise<void>;
}

const headersTimeoutMs = 10_000;
const headerBytesMax = 16 * 1024;
/** A statement file may take a while; every other body has a limit of its own. */
const requestTimeoutMs = 600_000;
const keepAliveTimeoutMs = 65_000;

export async function openHttpServer(routes: Routes, parts: HttpServerParts): Promise<HttpServer> {
  const underWay = new Map<ServerResponse, Promise<void>>();
  let isDraining = false;
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: headerBytesMax,
      // Whatever the options of the process say: a proxy and we must read one request as one.
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    (request, response) => {
      const startedAt = performance.now();
      const ended = new Promise<void>((resolve) => response.once('close', resolve));
      underWay.set(response, ended);
      if (isDraining) askForNoMore(response);
      void ended.then(() => {
        underWay.delete(response);
        const seconds = (performance.now() - startedAt) / 1_000;
        routes.metrics.requestEnded(routeOf(request), statusOf(response), seconds);
      });
      answer(routes, parts, request, response).catch((error: unknown) => {
        respond(request, response, replyTo(error, parts));
      });
    },
  );
  server.maxConnections = parts.connectionsMax;
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (routes.api !== undefined && pathOf(request).path === GRAPHQL_PATH) {
      routes.api.socket.upgrade(request, socket, head);
    } else refuseUpgrade(socket, '404 Not Found');
  });
  await listen(server, parts);

  const drain = (): void => {
    isDraining = true;
    for (const response of underWay.keys()) askForNoMore(response);
  };
  return {
    port: (server.address() as AddressInfo).port,
    drain,
    close: async (deadline) => {
      drain();
      const closed = new Promise((resolve) => server.close(resolve));
      const cut = (): void => {
        server.closeAllConnections();
      };
      if (deadline.aborted) cut();
      else deadline.addEventListener('abort', cut, { once: true });
      routes.api?.streams.close();
      // One that was on its way already may come on a connection that is kept alive; none follows it.
      while (underWay.size > 0) await Promise.all(underWay.values());
      await routes.api?.socket.close(deadline);
      server.closeIdleConnections();
      await closed;
      deadline.removeEventListener('abort', cut);
    },
  };
}

function askForNoMore(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

async function answer(
  routes: Routes,
  { transportSecurity }: HttpServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, search } = pathOf(request);
  if (path === '/livez') {
    respond(request, response, routes.health.livez());
    return;
  }
  if (path === '/readyz') {
    respond(request, response, await routes.health.readyz());
    return;
  }
  if (path === '/metrics') {
    respond(request, response, await routes.metrics.render());
    return;
  }
  if (routes.api === undefined) {
    respond(request, response, json(404, { error: 'This process works in the background only.' }));
    return;
  }

  // First, and past every limit: nothing that others do may keep a payment out.
  const token = notificationTokenIn(path);
  if (token !== null) return answerNotification(routes.api.notifications, request, response, token);
  if (transportSecurity !== undefined) {
    response.setHeader('strict-transport-security', transportSecurity);
  }
  // Before any other origin is let in: the page may hold the demo's token, and is for nobody to read.
  if (path === GRAPHQL_PATH && wantsExplorer(request)) {
    respond(request, response, explorerFor(routes.api.explorer, request));
    return;
  }
  if (routes.api.crossOrigin.answerPreflight(request, response)) return;
  if (path === GRAPHQL_PATH) return answerGraphql(routes.api.graphql, request, response, search);
  const statement = statementNameIn(path);
  if (statement !== null) {
    return answerStatement(routes.api.statements, request, response, statement);
  }
  const wanted = exportNameIn(path);
  if (wanted !== null) return answerExport(routes.api.exports, request, response, wanted, search);
  if (path === EVENT_STREAM_PATH) return routes.api.streams.answer(request, response, search);
  if (path === '/') {
    respond(request, response, text(302, '', { location: GRAPHQL_PATH }));
    return;
  }
  respond(
    request,
    response,
    json(404, { error: `There is nothing at this path; GraphQL is at ${GRAPHQL_PATH}.` }),
  );
}

/** What a caller can mend is said; of what is ours, only a number that is in the log. */
function replyTo(error: unknown, { log, newId }: HttpServerParts): Reply {
  if (error instanceof TooManyRequests) {
    const { message, retryAfterSeconds } = error;
    return {
      ...graphqlError(429, 'RATE_LIMITED', message, { retryAfterSeconds }),
      headers: { 'retry-after': String(retryAfterSeconds) },
    };
  }
  const errorId = newId();
  log.error('a request could not be answered', { errorId, error });
  const status = error instanceof AccessUnavailable ? 503 : 500;
  const message = `Something went wrong on our side. Try again; if it stays so, ask for help with the number ${errorId}.`;
  return graphqlError(status, 'INTERNAL_SERVER_ERROR', message, { errorId });
}

/** Few words, whatever paths are asked for: each would be kept for ever. */
function routeOf(request: IncomingMessage): string {
  const { path } = pathOf(request);
  if (notificationTokenIn(path) !== null) return 'notifications';
  if (path === GRAPHQL_PATH) return 'graphql';
  if (path === EVENT_STREAM_PATH) return 'graphql stream';
  if (statementNameIn(path) !== null) return 'statements';
  return exportNameIn(path) === null ? 'other' : 'exports';
}

/** 499, as elsewhere, for a caller who left before the answer. */
function statusOf(response: ServerResponse): number {
  return response.headersSent ? response.statusCode : 499;
}

function pathOf(request: IncomingMessage): { readonly path: string; readonly search: string } {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, search: '' }
    : { path: url.slice(0, mark), search: url.slice(mark) };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
