import type { Page } from 'playwright-core';

import { messagesSentBy, openPage, type PageOptions, type SentMessage } from './browser';
import type { World } from './world';

/** Somebody at the explorer that comes with the API. */
export interface ExplorerPage {
  readonly page: Page;
  /** Chooses an example, changes its variables if wanted, and runs it: the answer as it is shown. */
  readonly run: (example: string, variables?: Readonly<Record<string, unknown>>) => Promise<string>;
  /** What stands beside the answers: listening, asking, the status. */
  readonly state: () => Promise<string>;
  /** Every message that the page sent by WebSocket. */
  readonly sent: readonly SentMessage[];
}

const CDN = 'https://embeddable-sandbox.cdn.apollographql.com/**';

/** `offline`: Apollo's CDN is cut off, as it is without internet. */
export async function openExplorer(world: World, options: PageOptions = {}): Promise<ExplorerPage> {
  const page = await openPage(options);
  const sent = messagesSentBy(page);
  await page.route(CDN, (route) => route.abort());
  await page.goto(`${world.apiUrl}/graphql`);
  await page.locator('#explorer').waitFor();
  const latest = page.locator('#answers article').first();

  return {
    page,
    sent,
    state: () => page.locator('#state').innerText(),
    run: async (example, variables) => {
      await page.locator('#examples').getByText(example, { exact: true }).click();
      if (variables !== undefined) {
        await page.locator('#variables').fill(JSON.stringify(variables));
      }
      const before = await page.locator('#answers article').count();
      await page.locator('#run').click();
      if ((await page.locator('#operation').inputValue()).includes('subscription')) {
        await page.locator('#stream', { hasText: 'Listening' }).waitFor();
        return '';
      }
      await page.locator(`#answers article:nth-last-of-type(${before + 1})`).waitFor();
      return latest.innerText();
    },
  };
}
