import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import WebSocket from 'ws';

const REPOSITORY = join(__dirname, '../../..');
const BUNDLE_BYTES_MAX = 5_000_000;
const RECIPE = join(REPOSITORY, 'examples/live-till');

/** The recipe's page as its `npm run dev` serves it: from another origin than the API. */
export interface LiveTillServer {
  readonly origin: string;
  close(): Promise<void>;
}

export async function serveLiveTill(): Promise<LiveTillServer> {
  const page = readFileSync(join(RECIPE, 'index.html'));
  const script = bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === '/src/main.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closeServer(server),
  };
}

function bundle(): Buffer {
  const esbuild = join(REPOSITORY, 'node_modules/esbuild/bin/esbuild');
  return execFileSync(esbuild, ['src/main.tsx', '--bundle', '--minify', '--log-level=error'], {
    cwd: RECIPE,
    maxBuffer: BUNDLE_BYTES_MAX,
  });
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** What the recipe generates is what stands in it; else what is old, and how to renew it. */
export function checkGenerated(): void {
  execFileSync(process.execPath, [join(RECIPE, 'generate.mjs'), '--check'], { stdio: 'pipe' });
}

export function versionsIn(path: string): Readonly<Record<string, string>> {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(REPOSITORY, path), 'utf8'),
  ) as Record<string, Record<string, string> | undefined>;
  return { ...dependencies, ...devDependencies };
}

/** The recipe without a library, as examples/live-till/src/plain-fetch.ts has it. */
export interface PlainFetch {
  readonly ask: <Data>(
    api: Api,
    query: string,
    variables?: Record<string, unknown>,
  ) => Promise<Data>;
  readonly listen: <Data>(
    api: Api,
    query: string,
    variables?: Record<string, unknown>,
    signal?: AbortSignal,
  ) => AsyncGenerator<Data>;
}

interface Api {
  readonly url: string;
  readonly token: string;
}

export async function loadPlainFetch(): Promise<PlainFetch> {
  return (await import(join(RECIPE, 'src/plain-fetch.ts'))) as PlainFetch;
}

interface TillClient {
  stop(): void;
}

/** What the recipe's page follows payments with, without the page. */
export interface Till {
  readonly createTillClient: (url: string, token: string) => TillClient;
  readonly followPayments: (
    client: TillClient,
    which: { readonly storeId: string; readonly paidFrom: string },
    listener: {
      readonly onPayment: (payment: { readonly id: string }) => void;
      readonly onTrouble: (trouble: string | null) => void;
    },
  ) => () => void;
}

/** Hands over one message at a time, as a browser does: what follows from it is done before the next. */
class BrowserSocket extends WebSocket {
  constructor(address: string, protocols?: string) {
    super(address, protocols, { allowSynchronousEvents: false });
  }
}

export async function loadTill(): Promise<Till> {
  // A browser has one; Node has had one since 22.
  Object.assign(globalThis, { WebSocket: BrowserSocket });
  return {
    ...((await import(join(RECIPE, 'src/client.ts'))) as Pick<Till, 'createTillClient'>),
    ...((await import(join(RECIPE, 'src/follow-payments.ts'))) as Pick<Till, 'followPayments'>),
  };
}
