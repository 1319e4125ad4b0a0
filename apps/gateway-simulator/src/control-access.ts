import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Who may give orders: whoever shows the token, and without one only this machine. A web page that a person on
 * this machine happens to visit is not this machine: its requests carry a foreign Origin or a foreign Host.
 */
export function controlRefusal(
  request: IncomingMessage,
  controlToken: string | undefined,
): { httpStatus: 403 | 415; error: string } | null {
  const { headers, socket } = request;
  if (isForeignPage(request)) return refuse('requests of other web pages are not taken');
  if (!hasToken(headers.authorization, controlToken)) {
    if (
      !isLoopbackAddress(socket.remoteAddress) ||
      'x-forwarded-for' in headers ||
      'forwarded' in headers
    ) {
      return refuse(
        'only from this machine, or with Authorization: Bearer <SIMULATOR_CONTROL_TOKEN>',
      );
    }
    if (!isLoopbackHost(headers.host)) return refuse('the Host header must name this machine');
  }
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (hasBody && type !== 'application/json') {
    return { httpStatus: 415, error: 'the Content-Type of a body must be application/json' };
  }
  return null;
}

function refuse(error: string): { httpStatus: 403; error: string } {
  return { httpStatus: 403, error };
}

export function isForeignPage({ headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  const { origin } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== headers.host;
}

function hasToken(authorization: string | undefined, controlToken: string | undefined): boolean {
  if (controlToken === undefined || controlToken === '' || authorization === undefined)
    return false;
  const shown = Buffer.from(authorization);
  const wanted = Buffer.from(`Bearer ${controlToken}`);
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && /^(?:127\.|::1$|::ffff:127\.)/.test(address);
}

function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}
