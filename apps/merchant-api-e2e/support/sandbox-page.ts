import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { Frame, Page } from 'playwright-core';

import { waitFor } from './wait-for';

export const SANDBOX_SCRIPT =
  'https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js';
const SANDBOX_FRAME = 'https://sandbox.embed.apollographql.com';
const NODE_MODULES = join(__dirname, '../../../node_modules');

/**
 * Apollo's own embedding code as its CDN serves it, made of the package that they publish. What is
 * inside its frame is not published: `frame` takes that place, and asks the page for what a person
 * would have clicked there.
 */
export async function serveSandbox(page: Page): Promise<void> {
  await page.route(SANDBOX_SCRIPT, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: bundle() }),
  );
  await page.route(`${SANDBOX_FRAME}/**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: FRAME }),
  );
}

/** Says hello as Sandbox does, and keeps what the page answers. */
const FRAME = `<!doctype html><title>Sandbox</title><p>Here would be Apollo Sandbox.</p><script>
  window.heard = [];
  addEventListener('message', ({ data }) => heard.push(data));
  parent.postMessage({ name: 'ExplorerListeningForHandshake' }, '*');
</script>`;

let bundled: string | undefined;

function bundle(): string {
  bundled ??= execFileSync(
    join(NODE_MODULES, 'esbuild/bin/esbuild'),
    ['--bundle', '--minify', '--format=iife', '--log-level=error'],
    {
      input:
        "import { ApolloSandbox } from '@apollo/sandbox'; window.EmbeddedSandbox = ApolloSandbox;",
      cwd: NODE_MODULES,
      encoding: 'utf8',
    },
  );
  return bundled;
}

/** The frame that the page opened last, and with what it was told to begin. */
export async function openedFrame(page: Page): Promise<{ frame: Frame; asked: URLSearchParams }> {
  const frame = await waitFor('the frame of Sandbox', () =>
    page.frames().find((one) => one.url().startsWith(SANDBOX_FRAME)),
  );
  await frame.waitForLoadState();
  return { frame, asked: new URL(frame.url()).searchParams };
}

/** What the page tells the frame after this message of it. */
export async function tellPage(
  frame: Frame,
  message: Readonly<Record<string, unknown>>,
): Promise<void> {
  await frame.evaluate((sent) => {
    const { parent } = globalThis as unknown as {
      parent: { postMessage(...all: unknown[]): void };
    };
    parent.postMessage(sent, '*');
  }, message);
}

export async function heardInFrame<Message extends { readonly name: string }>(
  frame: Frame,
  name: Message['name'],
): Promise<readonly Message[]> {
  return (await frame.evaluate(
    (wanted) =>
      (globalThis as unknown as { heard: { name: string }[] }).heard.filter(
        (message) => message.name === wanted,
      ),
    name,
  )) as unknown as Message[];
}
