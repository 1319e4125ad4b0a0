import { existsSync } from 'node:fs';

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/**
 * Debian's Chromium, or another that is on the machine; `CHROMIUM` names one elsewhere. The one without
 * a window of its own takes half of the time.
 */
const FOUND = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
].find((path) => existsSync(path));

/** A test in a real browser. Without one it is skipped, and its name tells `npm test` why. */
export function browserTest(name: string, run: () => Promise<void>, timeoutMs?: number): void {
  if (FOUND === undefined) test.skip(`${name} (needs Chromium)`, run, timeoutMs);
  else test(name, run, timeoutMs);
}

let browser: Browser | undefined;

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A page with an empty profile of its own, in one Chromium for the whole file. */
export async function openPage(options: PageOptions = {}): Promise<Page> {
  browser ??= await chromium.launch({
    executablePath: FOUND ?? '',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  contexts.add(context);
  return context.newPage();
}

const contexts = new Set<BrowserContext>();

/** Call it after each test. */
export async function closePages(): Promise<void> {
  for (const context of contexts) await context.close();
  contexts.clear();
}

/** Call it after all. */
export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** A message of graphql-transport-ws. */
export interface SentMessage {
  readonly type: string;
  readonly payload?: {
    readonly operationName?: string;
    readonly variables?: Readonly<Record<string, unknown>>;
  };
}

/** What a page sends by WebSocket from now on. */
export function messagesSentBy(page: Page): readonly SentMessage[] {
  const sent: SentMessage[] = [];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => sent.push(JSON.parse(String(payload)) as SentMessage));
  });
  return sent;
}
