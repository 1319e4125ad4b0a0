import type { Page } from 'playwright-core';

import { browserTest, messagesSentBy, openPage, type SentMessage } from '../support/browser';
import { TOKEN } from '../support/keys';
import type { LiveTillServer } from '../support/live-till';
import type { Counter } from '../support/merchant';
import { waitFor } from '../support/wait-for';
import type { World } from '../support/world';

const REFUND = 'alipay.acquire.overseas.spot.refund';

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
    await page.getByRole('status').getByText('SALE-7 is paid.').waitFor();

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
    await page.route('**/graphql', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await press();
    await page.locator('output', { hasText: 'Press again' }).waitFor();
    await page.unroute('**/graphql');
    expect(await amount.isDisabled()).toBe(true);
    await press();
    await page.locator('output', { hasText: 'HKD 5.00 given back.' }).waitFor();

    const { refunded, refunds } = await world.gateway.bookedTrade(tradeNo);
    expect({ refunded, count: refunds.length }).toEqual({ refunded: '5.00', count: 1 });
  });

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

async function claimOne({ page, pay }: Shop, amount: string): Promise<string> {
  const tradeNo = await pay(amount);
  await page.getByLabel('Sale', { exact: true }).fill('SALE-1');
  await page.getByRole('button', { name: 'This pays the sale' }).click();
  await page.getByLabel('Claimed').getByText('SALE-1').waitFor();
  return tradeNo;
}
