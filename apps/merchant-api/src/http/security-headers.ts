import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

import helmet from 'helmet';

/**
 * What helmet sets, asked for once: the answers are the same each time, and asking for each request
 * would cost more than the route that takes notifications in may lose.
 *
 * The policy is that of data: nothing in an answer is to be run, loaded or framed. A page brings its
 * own. HSTS is not among them, because it depends on where the API is reached.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = headersOf({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      sandbox: [],
    },
  },
  frameguard: { action: 'deny' },
  strictTransportSecurity: false,
});

/**
 * Only where the public address is https: elsewhere browsers ignore it, and on a machine's own name
 * it would spoil the http of everything else there. Other names of the domain are not ours to bind.
 */
export function transportSecurity(publicUrl: string | undefined): string | undefined {
  if (publicUrl?.startsWith('https:') !== true) return undefined;
  return headersOf({
    strictTransportSecurity: { maxAge: hstsSeconds, includeSubDomains: false },
  })['strict-transport-security'];
}

const hstsSeconds = 31_536_000;

type HelmetOptions = NonNullable<Parameters<typeof helmet>[0]>;

function headersOf(options: HelmetOptions): Readonly<Record<string, string>> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(options)(request, response, (error?: unknown) => {
    if (error !== undefined) throw new Error('helmet made no headers', { cause: error });
  });
  // A plain object: one without a prototype is slow to spread.
  return { ...Object.fromEntries(Object.entries(response.getHeaders()).map(asText)) };
}

function asText([name, value]: [string, unknown]): [string, string] {
  return [name, String(value)];
}
