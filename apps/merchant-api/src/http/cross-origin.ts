import { type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';

import cors from 'cors';

import { isLoopbackName } from '../config/gateway-trust';
import { json, respond } from './respond';

/** Which pages of other origins may talk to us from a browser. Programs send no origin. */
export interface CrossOrigin {
  /** Says what a browser has to be told; true when it only asked whether it may, and was answered. */
  answerPreflight(request: IncomingMessage, response: ServerResponse): boolean;
  /** A browser asks nobody before it opens a WebSocket: the server has to look. */
  maySocket(request: IncomingMessage): boolean;
}

/**
 * Exact origins, and none by default. Nothing here ever depends on a cookie: a page has to bring a
 * token of its own, so credentials are never allowed.
 */
export function createCrossOrigin(
  origins: readonly string[],
  publicUrl: string | undefined,
): CrossOrigin {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const allow = cors({
    origin: [...origins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['Retry-After'],
    maxAge: preflightSeconds,
    preflightContinue: true,
  });

  return {
    answerPreflight: (request, response) => {
      const { origin } = request.headers;
      if (origin === undefined) return false;
      const isListed = origins.includes(origin);
      if (isListed) allow(request, response, () => undefined);
      if (!isPreflight(request)) return false;
      respond(request, response, isListed ? ALLOWED : REFUSED);
      return true;
    },
    maySocket: ({ headers: { origin, host } }) =>
      origin === undefined ||
      origin === publicOrigin ||
      origins.includes(origin) ||
      isOurAddress(origin, host),
  };
}

const preflightSeconds = 600;

const ALLOWED = { status: 204, contentType: 'text/plain; charset=utf-8', body: '' };
const REFUSED = json(403, { error: 'Pages of this origin may not ask: CORS_ORIGINS lists those.' });

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/**
 * The page that we served ourselves, known by the address that it was asked at. Names do not count
 * unless they are this machine's: a stranger's name can be made to point here.
 */
function isOurAddress(origin: string, host = ''): boolean {
  if (!URL.canParse(origin)) return false;
  const { host: hostOfOrigin, hostname, protocol } = new URL(origin);
  const isAddress = isLoopbackName(hostname) || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  return isAddress && hostOfOrigin === hostIn(`${protocol}//${host}`);
}

function hostIn(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
