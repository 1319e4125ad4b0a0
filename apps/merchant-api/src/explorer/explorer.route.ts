import { randomBytes } from 'node:crypto';
import { type IncomingMessage } from 'node:http';

import { isLoopbackAddress, isLoopbackName } from '../config/gateway-trust';
import { type Reply } from '../http/respond';
import { explorerPage } from './explorer-page';

export interface ExplorerRoute {
  readonly demoToken: string;
  readonly operations: readonly string[];
}

const SANDBOX_SCRIPTS = 'https://embeddable-sandbox.cdn.apollographql.com';
const SANDBOX_FRAME = 'https://sandbox.embed.apollographql.com';

/** A person with a browser; a program that asks by GET says that it wants JSON. */
export function wantsExplorer(request: IncomingMessage): boolean {
  return (
    request.method === 'GET' &&
    (request.headers.accept ?? '').includes('text/html') &&
    !/[?&](?:query|extensions)=/.test(request.url ?? '')
  );
}

/** The page from which people try the API out. It names no record and opens nothing by itself. */
export function explorerFor(route: ExplorerRoute, request: IncomingMessage): Reply {
  const nonce = randomBytes(16).toString('base64url');
  const host = request.headers.host ?? '';
  const token = isAtThisMachine(request) ? route.demoToken : '';
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: explorerPage({
      nonce,
      sandboxScript: `${SANDBOX_SCRIPTS}/v2/embeddable-sandbox.umd.production.min.js`,
      authorization: token === '' ? '' : `Bearer ${token}`,
      operations: route.operations,
    }),
    headers: {
      'content-security-policy': [
        "default-src 'none'",
        `script-src 'nonce-${nonce}' ${SANDBOX_SCRIPTS}`,
        `style-src 'nonce-${nonce}'`,
        `frame-src ${SANDBOX_FRAME}`,
        `connect-src 'self' ${/^[\w.:[\]-]+$/.test(host) ? `ws://${host} wss://${host}` : ''}`,
        'img-src data:',
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; '),
      'referrer-policy': 'no-referrer',
    },
  };
}

/**
 * Only a browser on this machine is handed the demo's token. The name it used counts too: a page
 * of elsewhere can point its own name at this machine, and a proxy forwards strangers from here.
 */
function isAtThisMachine(request: IncomingMessage): boolean {
  const { host = '', 'x-forwarded-for': forwarded, forwarded: forwardedBy } = request.headers;
  const hostname = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  return (
    isLoopbackAddress(request.socket.remoteAddress) &&
    isLoopbackName(hostname) &&
    forwarded === undefined &&
    forwardedBy === undefined
  );
}
