import type { Page } from 'playwright-core';

import { browserTest, messagesSentBy, openPage, type SentMessage } from '../support/browser';
import type { Operation } from '../support/graphql-client';
import { TOKEN } from '../support/keys';
import type { LiveTillServer } from '../support/live-till';
import type { Counter } from '../support/merchant';
import { waitFor } from '../support/wait-for';
import type { World } from '../support/world';

const REFUND = 'alipay.acquire.overseas.spot.refund';
const REFUND_QUERY = 'alipay.acquire.refund.query';

const CREATE_API_KEY: Operation<{ createApiKey: { secret: string } }> = {
  text: 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
};

let till: LiveTillServer;
let world: World;

/** A counter of its own, and the till that shows its payments. */
interface Shop {
  readonly counter: Counter;
  readonly page: Page;
  readonly pay: (amount: string) => Promise<string>;
  /** Every message that the page sent by WebSocket. */
  readonly sent: readonly SentMessage[];
}

async function openShop(): Promise<Shop> {
  const counter = await world.merchant.openCounter();
  const page = await openPage();
  const sent = messagesSentBy(page);
  await page.goto(`${till.origin}/#url=${world.apiUrl}/graphql&token=${TOKEN}`);
  await page.getByLabel('Store', { exact: true }).selectOption(counter.store.id);
  return {
    counter,
    page,
    sent,
    pay: async (amount) =>
      (await world.gateway.pay({ qrcode: counter.qrCode.code, amount })).trade_no,
  };
}

const waitingIn = (page: Page): Promise<string[]> =>
  page.getByLabel('Waiting').locator('li').allInnerTexts();

/** The same till in two tabs of one browser, and a payment that both are shown. */
async function openTwoTabs(): Promise<{ one: Page; two: Page; tradeNo: string }> {
  const { page: one, counter, pay } = await openShop();
  const two = await one.context().newPage();
  await two.goto(one.url());
  await two.getByLabel('Store', { exact: true }).selectOption(counter.store.id);
  return { one, two, tradeNo: await pay('20.00') };
}

const amountIn = (page: Page) => page.getByLabel('Amount to give back');
const press = (page: Page) => page.getByRole('button', { name: 'Give back' }).click();
const says = (page: Page, text: string) => page.locator('output', { hasText: text }).waitFor();

/** The recipe's page, from another origin than the API. */
export function liveTill(
  given: () => { readonly world: World; readonly till: LiveTillServer },
): void {
  beforeAll(() => {
    ({ world, till } = given());
  });

  browserTest('the till shows a payment at once, and claims it for the sale of now', async () => {
    const { page, pay } = await openShop();
    const tradeNo = await pay('12.50');
    await page.getByLabel('Waiting').getByText('HKD 12.50').waitFor();

    await page.getByLabel('Sale', { exact: true }).fill('SALE-7');
    await page.getByRole('button', { name: 'This pays the sale' }).click();
    await page.getByRole('status').getByText('SALE-7 is paid: HKD 12.50.').waitFor();

    expect(await world.merchant.transactionBy({ alipayTransId: tradeNo })).toMatchObject({
      saleReference: 'SALE-7',
    });
    expect(await waitingIn(page)).toEqual([]);

    // Another till has been quicker with the next one: this is told, and it is gone from the list.
    const contested = await world.merchant.transactionOf({ trade_no: await pay('8.00') });
    await page.getByLabel('Waiting').getByText('HKD 8.00').waitFor();
    await world.merchant.claim({ transactionId: contested.id, saleReference: 'SALE-OF-ANOTHER' });
    await page.getByLabel('Sale', { exact: true }).fill('SALE-8');
    await page.getByRole('button', { name: 'This pays the sale' }).click();
    await page
      .getByRole('status')
      .getByText(/already|another/i)
      .waitFor();
    await waitFor('the list to be empty', async () => (await waitingIn(page)).length === 0);
  });

  browserTest(
    'a sale whose payment was given back before the claim was answered is not paid',
    async () => {
      const { page, pay } = await openShop();
      const paid = await world.merchant.transactionOf({ trade_no: await pay('12.50') });
      const press = () => page.getByRole('button', { name: 'This pays the sale' }).click();
      await page.getByLabel('Sale', { exact: true }).fill('SALE-9');
      await losingAnswers(page, async () => {
        await press();
        await page.getByRole('status').getByText('Press again').waitFor();
      });

      await world.merchant.refund({ transactionId: paid.id, idempotencyKey: 'not at the till' });
      await press();

      await page
        .getByRole('status')
        .getByText(/given back since/)
        .waitFor();
    },
  );

  browserTest('a payment of which a part was given back pays for what is left', async () => {
    const { page, pay } = await openShop();
    const paid = await world.merchant.transactionOf({ trade_no: await pay('100.00') });
    await page.getByText('HKD 100.00 from').waitFor();
    const amount = { amount: '90.00', currency: 'HKD' };
    await world.merchant.refund({ transactionId: paid.id, idempotencyKey: 'too much', amount });

    await page.getByLabel('Sale', { exact: true }).fill('SALE-8');
    await page.getByRole('button', { name: 'This pays the sale' }).click();

    await page
      .getByRole('status')
      .getByText('SALE-8 is paid: HKD 10.00 that are left of HKD 100.00.')
      .waitFor();
  });

  browserTest('a till whose line breaks misses no payment, and shows none twice', async () => {
    const { page, pay, sent, counter } = await openShop();
    await pay('1.00');
    await page.getByLabel('Waiting').getByText('HKD 1.00').waitFor();

    await world.stopApi();
    await page.getByRole('alert').waitFor();
    await world.startApi();
    await pay('2.00');
    await page.getByLabel('Waiting').getByText('HKD 2.00').waitFor();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    await pay('3.00');
    await page.getByLabel('Waiting').getByText('HKD 3.00').waitFor();

    expect((await waitingIn(page)).map((text) => /HKD (\S+)/.exec(text)?.[1]).sort()).toEqual([
      '1.00',
      '2.00',
      '3.00',
    ]);
    const [payment] = await world.merchant.transactions({
      filter: { storeId: counter.store.id, maxAmount: '1.00' },
    });
    const [event] = await world.merchant.timeline(payment?.id ?? '');
    const afters = sent
      .filter(
        ({ type, payload }) => type === 'subscribe' && payload?.operationName === 'TillPayments',
      )
      .map(({ payload }) => payload?.variables?.['after']);
    expect([afters[0], afters.at(-1)]).toEqual([undefined, event?.cursor]);
  });

  browserTest('the refund button: too much, unsure, and sent again is one refund', async () => {
    const shop = await openShop();
    const { page } = shop;
    const tradeNo = await claimOne(shop, '20.00');
    const amount = page.getByLabel('Amount to give back');
    const press = () => page.getByRole('button', { name: 'Give back' }).click();

    await amount.fill('25.00');
    await press();
    await page.locator('output', { hasText: 'More than what is left' }).waitFor();

    // The answer is lost on its way to the page, and the page is loaded anew before the next press.
    await amount.fill('5.00');
    await losingAnswers(page, async () => {
      await press();
      await page.locator('output', { hasText: 'Press again' }).waitFor();
    });
    expect(await amount.isDisabled()).toBe(true);
    await press();
    await page.locator('output', { hasText: 'HKD 5.00 given back.' }).waitFor();

    const { refunded, refunds } = await world.gateway.bookedTrade(tradeNo);
    expect({ refunded, count: refunds.length }).toEqual({ refunded: '5.00', count: 1 });
  });

  browserTest(
    'the refund button in two tabs: what one of them left open is the same refund in both',
    async () => {
      const { one, two, tradeNo } = await openTwoTabs();
      for (const page of [one, two]) await claimIn(page);

      await amountIn(two).fill('5.00');
      await amountIn(one).fill('3.50');
      await losingAnswers(one, async () => {
        await press(one);
        await says(one, 'Press again');
      });
      await says(two, 'Press again');
      expect(await amountIn(two).inputValue()).toBe('3.50');
      expect(await amountIn(two).isDisabled()).toBe(true);
      await press(two);
      await says(two, 'HKD 3.50 given back.');
      await press(one); // as it was told, although the other has had the answer
      await says(one, 'HKD 3.50 given back.');

      const { refunded, refunds } = await world.gateway.bookedTrade(tradeNo);
      expect({ refunded, count: refunds.length }).toEqual({ refunded: '3.50', count: 1 });
      expect(await one.evaluate('localStorage.length')).toBe(0);
    },
  );

  browserTest(
    'the refund button keeps its key where a refusal does not say that nothing was done',
    async () => {
      const shop = await openShop();
      const { page } = shop;
      const tradeNo = await claimOne(shop, '20.00');
      const press = () => page.getByRole('button', { name: 'Give back' }).click();
      await page.getByLabel('Amount to give back').fill('3.50');
      await losingAnswers(page, async () => {
        await press();
        await page.locator('output', { hasText: 'Press again' }).waitFor();
      });

      // The till is given a key for another store, of which nothing is known here.
      const elsewhere = await world.merchant.openCounter();
      const authorization = `Bearer ${await keyOfCashierAt(elsewhere.store.id)}`;
      await page.route('**/graphql', (route) =>
        route.continue({ headers: { ...route.request().headers(), authorization } }),
      );
      await press();
      await page.locator('output', { hasText: /no such transaction.*Press again/ }).waitFor();
      await page.unroute('**/graphql');
      await press();
      await page.locator('output', { hasText: 'HKD 3.50 given back.' }).waitFor();

      const { refunded, refunds } = await world.gateway.bookedTrade(tradeNo);
      expect({ refunded, count: refunds.length }).toEqual({ refunded: '3.50', count: 1 });
    },
  );

  browserTest(
    'the refund button shows what is pending as pending, until it is settled',
    async () => {
      const shop = await openShop();
      const { page } = shop;
      const tradeNo = await claimOne(shop, '20.00');
      await world.gateway.fault(REFUND, 'timeout-after-effect');

      await page.getByRole('button', { name: 'Give back' }).click();
      await page.locator('output', { hasText: 'Alipay has not answered yet' }).waitFor();
      expect(await page.getByRole('button', { name: 'Give back' }).isDisabled()).toBe(true);
      await page.locator('output', { hasText: 'HKD 20.00 given back.' }).waitFor();

      expect((await world.gateway.bookedTrade(tradeNo)).refunds).toHaveLength(1);
    },
  );

  browserTest(
    'the refund button pressed twice gives back once: another refund begins with its amount',
    async () => {
      const shop = await openShop();
      const { page } = shop;
      const tradeNo = await claimOne(shop, '20.00');
      const amount = page.getByLabel('Amount to give back');
      const button = page.getByRole('button', { name: 'Give back' });
      await amount.fill('5.00');
      await button.click();
      await page.locator('output', { hasText: 'HKD 5.00 given back.' }).waitFor();

      await button.click({ force: true }); // the second press of a hasty hand
      await amount.fill('1.00');
      await button.click();
      await page.locator('output', { hasText: 'HKD 1.00 given back.' }).waitFor();

      const { refunded, refunds } = await world.gateway.bookedTrade(tradeNo);
      expect({ refunded, count: refunds.length }).toEqual({ refunded: '6.00', count: 2 });
    },
  );

  browserTest(
    'the refund button shows what is pending also where it is looked at anew, and it stays one refund',
    async () => {
      const { one, two, tradeNo } = await openTwoTabs();
      await two.getByLabel('Waiting').getByText('HKD 20.00').waitFor();
      await claimIn(one);
      await world.gateway.fault(REFUND, 'timeout-after-effect', 100);
      await world.gateway.fault(REFUND_QUERY, 'timeout', 100);

      await amountIn(one).fill('3.50');
      await press(one);
      await says(one, 'Alipay has not answered yet');
      await claimIn(two);
      await says(two, 'Press again');
      expect(await amountIn(two).inputValue()).toBe('3.50');
      await press(two);
      await says(two, 'Alipay has not answered yet');
      await world.gateway.endFaults();
      for (const page of [one, two]) await says(page, 'HKD 3.50 given back.');

      const { refunded, refunds } = await world.gateway.bookedTrade(tradeNo);
      expect({ refunded, count: refunds.length }).toEqual({ refunded: '3.50', count: 1 });
      expect(await one.evaluate('localStorage.length')).toBe(0);
    },
  );

  browserTest('the totals of the day agree with what was paid and given back', async () => {
    const shop = await openShop();
    const { page, pay } = shop;
    const paid = await world.merchant.transactionOf({ trade_no: await pay('30.00') });
    await pay('12.50');
    await world.merchant.refund({
      transactionId: paid.id,
      amount: { amount: '10.00', currency: 'HKD' },
      idempotencyKey: 'r',
    });
    await page.getByLabel('Waiting').getByText('HKD 12.50').waitFor();

    await page.getByRole('button', { name: 'Read again' }).click();

    const cells = page.locator('tbody tr').first().locator('td');
    await cells.getByText('HKD 42.50').waitFor();
    expect((await cells.allInnerTexts()).slice(1)).toEqual(['2', 'HKD 42.50', '10.00', '32.50']);
  });
}

async function keyOfCashierAt(storeId: string): Promise<string> {
  const { createApiKey } = await world.graphql(CREATE_API_KEY, {
    input: { name: 'Till', role: 'CASHIER', storeIds: [storeId] },
  });
  return createApiKey.secret;
}

/** What the page asks meanwhile is done, and the answers do not reach it. */
async function losingAnswers(page: Page, work: () => Promise<void>): Promise<void> {
  await page.route('**/graphql', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await work();
  await page.unroute('**/graphql');
}

async function claimOne({ page, pay }: Shop, amount: string): Promise<string> {
  const tradeNo = await pay(amount);
  await claimIn(page);
  return tradeNo;
}

async function claimIn(page: Page): Promise<void> {
  await page.getByLabel('Sale', { exact: true }).fill('SALE-1');
  await page.getByRole('button', { name: 'This pays the sale' }).click();
  await page.getByLabel('Claimed').getByText('SALE-1').waitFor();
}
