import { Kind, parse } from 'graphql';
import type { Page } from 'playwright-core';

import { browserTest, openPage } from '../support/browser';
import { TOKEN } from '../support/keys';
import {
  heardInFrame,
  openedFrame,
  SANDBOX_SCRIPT,
  serveSandbox,
  tellPage,
} from '../support/sandbox-page';
import { waitFor } from '../support/wait-for';
import type { World } from '../support/world';

let world: World;

/** Longer addresses are refused by many servers between here and there. */
const LONGEST_ADDRESS = 8_000;

/** Apollo Sandbox in our page, and what takes its place where it cannot be reached. */
export function sandbox(given: () => World): void {
  beforeAll(() => {
    world = given();
  });

  browserTest(
    'Sandbox begins with both addresses, the demo’s token and our operations',
    async () => {
      const page = await openPage();
      await serveSandbox(page);
      await page.goto(`${world.apiUrl}/graphql`);
      const { frame, asked } = await openedFrame(page);

      expect(asked.get('endpoint')).toBe(`${world.apiUrl}/graphql`);
      expect(asked.get('subscriptionEndpoint')).toBe(
        `${world.apiUrl}/graphql`.replace('http', 'ws'),
      );
      expect(JSON.parse(asked.get('defaultHeaders') ?? '')).toEqual({
        authorization: `Bearer ${TOKEN}`,
      });
      expect(operationsIn(asked)).toEqual(
        expect.arrayContaining(['LivePayments', 'ClaimTransaction', 'RefundTransaction']),
      );
      expect(asked.get('runTelemetry')).toBe('false');
      expect(frame.url().length).toBeLessThan(LONGEST_ADDRESS);
    },
  );

  browserTest(
    'each example can be chosen, with the ids that Sandbox has seen filled in',
    async () => {
      const { merchant } = world;
      const { store } = await merchant.openCounter();
      const page = await openPage();
      await serveSandbox(page);
      await page.goto(`${world.apiUrl}/graphql`);
      const { frame } = await openedFrame(page);
      await ask(frame, '{ stores(first: 1) { nodes { id } } }');

      const names = await page.locator('#example option').allInnerTexts();
      await page.locator('#example').selectOption('CreateQrCode');

      const asked = await waitFor('the chosen example', async () => {
        const opened = await openedFrame(page);
        return operationsIn(opened.asked).join() === 'CreateQrCode' && opened.asked;
      });
      expect(names.length).toBeGreaterThan(35);
      expect(JSON.parse(asked.get('defaultVariables') ?? '')).toMatchObject({
        input: { storeId: store.id },
      });
    },
  );

  browserTest('a query and a live subscription of Sandbox pass through our page', async () => {
    const { qrCode } = await world.merchant.openCounter();
    const page = await openPage();
    await serveSandbox(page);
    await page.goto(`${world.apiUrl}/graphql`);
    const { frame, asked } = await openedFrame(page);

    expect(await ask(frame, '{ viewer { role } }')).toMatchObject({
      data: { viewer: { role: 'OWNER' } },
      status: 200,
    });

    await tellPage(frame, {
      name: 'ExplorerSubscriptionRequest',
      operationId: 'live',
      operation: 'subscription { paymentReceived { amount { amount } } }',
      headers: JSON.parse(asked.get('defaultHeaders') ?? '{}') as unknown,
      subscriptionUrl: asked.get('subscriptionEndpoint'),
      protocol: 'graphql-ws',
    });
    // Without a cursor the stream begins when the server has heard of it; from then on pay once.
    await waitFor('the subscription', async () => {
      await world.gateway.pay({ qrcode: qrCode.code, amount: '7.00' });
      return (await heardInFrame(frame, 'ExplorerSubscriptionResponse')).length > 0;
    });
    expect(await heardInFrame(frame, 'ExplorerSubscriptionResponse')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          operationId: 'live',
          response: { data: { data: { paymentReceived: { amount: { amount: '7.00' } } } } },
        }),
      ]),
    );
  });

  browserTest('whoever prefers the built-in explorer has it, and can go back', async () => {
    const page = await openPage();
    await serveSandbox(page);
    await page.goto(`${world.apiUrl}/graphql`);
    await openedFrame(page);

    await page.getByRole('button', { name: 'Built-in explorer' }).click();
    await page.locator('#explorer').waitFor();
    expect(await page.locator('#sandbox iframe').count()).toBe(0);
    await page.getByRole('button', { name: 'Apollo Sandbox' }).click();
    await openedFrame(page);
    expect(await page.locator('#explorer').isVisible()).toBe(false);

    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).host));
    await page.goto('about:blank');
    await page.goto(`${world.apiUrl}/graphql#built-in`);
    await page.locator('#explorer').waitFor();
    expect(new Set(asked)).toEqual(new Set([new URL(world.apiUrl).host]));
  });

  for (const [name, arrange] of AWAY) {
    browserTest(
      `when Apollo's CDN ${name}, the explorer of the package takes its place`,
      async () => {
        const page = await openPage();
        await page.clock.install();
        await arrange(page);
        await page.goto(`${world.apiUrl}/graphql`, { waitUntil: 'commit' });
        await page.locator('#switch, #waiting').first().waitFor({ state: 'attached' });

        // The page waits a few seconds for what may still come.
        await waitFor('the explorer', async () => {
          await page.clock.fastForward(2_000);
          return page.locator('#explorer').isVisible();
        });

        expect(await page.locator('#state').innerText()).toMatch(
          /^Apollo Sandbox .*comes with the API/,
        );
        await page.locator('#run').click();
        await page.locator('#answers', { hasText: '"role": "OWNER"' }).waitFor();
      },
    );
  }
}

const AWAY: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [
  ['is cut off', (page) => page.route(SANDBOX_SCRIPT, (route) => route.abort())],
  ['never answers', (page) => page.route(SANDBOX_SCRIPT, () => undefined)],
  [
    'is answered for by somebody else',
    (page) =>
      page.route(SANDBOX_SCRIPT, (route) =>
        route.fulfill({ contentType: 'text/html', body: '<h1>Log in to this network</h1>' }),
      ),
  ],
  [
    'is forbidden by a policy',
    async (page) => {
      await serveSandbox(page);
      await page.route(`${world.apiUrl}/graphql`, async (route) => {
        const answer = await route.fetch();
        const policy = answer.headers()['content-security-policy'] ?? '';
        const stricter = policy.replace(/https:\/\/embeddable-sandbox\S+/g, '').trim();
        await route.fulfill({
          response: answer,
          headers: { ...answer.headers(), 'content-security-policy': stricter },
        });
      });
    },
  ],
  [
    'has a frame that stays silent',
    async (page) => {
      await serveSandbox(page);
      await page.route('https://sandbox.embed.apollographql.com/**', (route) => route.abort());
    },
  ],
];

function operationsIn(asked: URLSearchParams): string[] {
  return parse(asked.get('defaultDocument') ?? '').definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [definition.name?.value ?? ''] : [],
  );
}

async function ask(
  frame: Parameters<typeof tellPage>[0],
  operation: string,
): Promise<Readonly<Record<string, unknown>>> {
  await tellPage(frame, {
    name: 'ExplorerRequest',
    operationId: operation,
    operation,
    headers: { authorization: `Bearer ${TOKEN}` },
    endpointUrl: `${world.apiUrl}/graphql`,
  });
  const answer = await waitFor('the answer', async () =>
    (
      await heardInFrame<{
        name: string;
        operationId: string;
        response: Readonly<Record<string, unknown>>;
      }>(frame, 'ExplorerResponse')
    ).find(({ operationId }) => operationId === operation),
  );
  return answer.response;
}
