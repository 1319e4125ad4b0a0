import { browserTest } from '../support/browser';
import { openExplorer } from '../support/explorer-page';
import { waitFor } from '../support/wait-for';
import type { World } from '../support/world';

/** The explorer that comes with the API, in a world that is still empty. */
export function builtInExplorer(given: () => World): void {
  let world: World;
  beforeAll(() => {
    world = given();
  });

  browserTest('from an empty database to a payment seen live, with examples alone', async () => {
    const { page, run } = await openExplorer(world);

    expect(await run('WhoAmI')).toContain('"role": "OWNER"');
    expect(await run('RegisterMerchant')).toContain('"alipayMerchantId": "TEAHOUSE"');
    expect(await run('RegisterStore')).toContain('"alipayStoreId": "TEAHOUSE_1"');
    expect(await run('CreateQrCode')).toContain('"status": "ACTIVE"');
    const code = await page.locator('#answers article:first-of-type a').getAttribute('href');
    await page.locator('#answers article:first-of-type img').waitFor();
    await run('LivePayments');
    await world.gateway.pay({ qrcode: code, amount: '12.50' });
    await page
      .locator('#answers article:first-of-type', { hasText: '"amount": "12.50"' })
      .waitFor();

    expect(await run('ClaimTransaction')).toContain('"saleReference": "SALE-1001"');
    expect(await run('RefundTransaction')).toContain('"status": "SUCCEEDED"');
    expect(await run('RefundTransaction')).toContain('"replayed": true');
    expect(await run('Timeline')).toContain('REFUND_SUCCEEDED');
    expect(await run('SalesReport')).toContain('"gross": "12.50"');

    // It has listened all the time.
    await world.gateway.pay({ qrcode: code, amount: '7.50' });
    await page.locator('#answers article:first-of-type', { hasText: '"amount": "7.50"' }).waitFor();
  });

  browserTest('a stream that breaks is taken up again from the last cursor', async () => {
    const { qrCode } = await world.merchant.openCounter();
    const { page, run, sent } = await openExplorer(world);
    const subscribed = () => sent.filter(({ type }) => type === 'subscribe');
    const amounts = async () =>
      (await page.locator('#answers article').allInnerTexts()).map(
        (text) => /"amount": "([\d.]+)"/.exec(text)?.[1],
      );
    await run('LivePayments');
    await world.gateway.pay({ qrcode: qrCode.code, amount: '1.00' });
    await waitFor('the first payment', async () => (await amounts()).length === 1);
    const cursor = /"cursor": "([^"]+)"/.exec(await page.locator('#answers').innerText())?.[1];

    await world.stopApi();
    await page.locator('#stream', { hasText: 'The line broke' }).waitFor();
    await world.startApi();
    await world.gateway.pay({ qrcode: qrCode.code, amount: '2.00' });
    await waitFor('the second payment', async () => (await amounts()).length === 2);

    expect(await amounts()).toEqual(['2.00', '1.00']); // the latest first, each once
    expect(subscribed().map(({ payload }) => payload?.variables?.['after'])).toEqual([
      undefined,
      cursor,
    ]);
    await page.keyboard.press('Escape');
    await page.locator('#stream', { hasText: 'Stopped.' }).waitFor();
    await page.locator('#stop').waitFor({ state: 'hidden' });
  });

  browserTest('refusals and mistakes are told in a sentence, not only in JSON', async () => {
    const { page, run, state } = await openExplorer(world);
    const trouble = page.locator('#answers article:first-of-type .trouble');

    await run('RegisterStore', { input: { merchantId: '', alipayStoreId: '', name: '' } });
    expect(await trouble.first().innerText()).toMatch(
      /^BAD_USER_INPUT .*"address".* \(line 2, column \d+\)/,
    );

    await run('ClaimTransaction', { input: { transactionId: 'unknown', saleReference: 'S' } });
    expect(await trouble.innerText()).toMatch(
      /^(INVALID_INPUT|NOT_FOUND) .+\(input\.transactionId/,
    );

    await page.locator('#variables').fill('{"input": ');
    await page.keyboard.press('Control+Enter');
    await page.locator('#answers', { hasText: 'The variables are no JSON' }).waitFor();

    await page.locator('#authorization').fill('Bearer wrong');
    expect(await run('WhoAmI')).toContain('UNAUTHENTICATED');
    expect(await state()).toContain('fill in "Bearer …" above');
    await page.locator('#examples').getByText('LivePayments', { exact: true }).click();
    await page.locator('#run').click();
    await page.locator('#stream', { hasText: /Closed by the server: 440[13]/ }).waitFor();
  });

  browserTest(
    'the schema is searched by what its descriptions say, and walked through by keyboard',
    async () => {
      const { page } = await openExplorer(world);

      await page.locator('#examples-tab').focus();
      await page.keyboard.press('ArrowRight');
      await page.locator('#schema-found', { hasText: 'Begin with' }).waitFor();
      await page.locator('#schema-search').fill('idempotency key');
      const found = page.locator('#schema-found');
      await found.getByText('RefundTransactionInput').first().waitFor();
      await found.getByText('RefundTransactionInput').first().focus();
      await page.keyboard.press('Enter');

      await page.locator('#schema-found h2', { hasText: 'RefundTransactionInput' }).waitFor();
      expect(await found.innerText()).toContain('Make one up for each refund');
    },
  );
}
