import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'pg';

import { TOKEN } from '../support/keys';
import { checkGenerated, loadPlainFetch, loadTill, versionsIn } from '../support/live-till';
import { waitFor, within } from '../support/wait-for';
import { endWorlds, startWorld, type World } from '../support/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(endWorlds);

const LIVE = `subscription ($after: String) {
  paymentReceived(after: $after) { cursor amount { amount } }
}`;

interface Payment {
  readonly paymentReceived: { readonly cursor: string; readonly amount: { amount: string } };
}

test('plain fetch: a query, a stream, and the same stream again from its last cursor', async () => {
  const { ask, listen } = await loadPlainFetch();
  const { qrCode } = await world.merchant.openCounter();
  const api = { url: `${world.apiUrl}/graphql`, token: TOKEN };
  const witness = await world.subscribe<Payment>({ text: LIVE });
  for (const amount of ['1.00', '2.00', '3.00']) {
    await world.gateway.pay({ qrcode: qrCode.code, amount });
  }
  const first = await witness.next('the first payment', () => true);
  const leaving = new AbortController();

  const heard: string[] = [];
  const after = first.paymentReceived.cursor;
  const hear = async (): Promise<void> => {
    for await (const { paymentReceived } of listen<Payment>(api, LIVE, { after }, leaving.signal)) {
      heard.push(paymentReceived.amount.amount);
      if (heard.length === 2) return;
    }
  };
  await within('two payments', 20_000, hear());
  leaving.abort();

  expect(heard).toEqual(['2.00', '3.00']);
  expect(await ask(api, '{ viewer { role } }')).toEqual({ viewer: { role: 'OWNER' } });
});

test('plain fetch: what is wrong ends in an error that says so', async () => {
  const { ask, listen } = await loadPlainFetch();
  const api = { url: `${world.apiUrl}/graphql`, token: TOKEN };
  const stranger = { ...api, token: 'unknown' };

  await expect(ask(api, '{ everything }')).rejects.toThrow('everything');
  await expect(ask(stranger, '{ viewer { role } }')).rejects.toThrow(/token/i);
  await expect(listen(stranger, LIVE).next()).rejects.toThrow('HTTP 401');
  await expect(listen(api, LIVE, { after: 'no cursor' }).next()).rejects.toThrow(/cursor/i);
  await expect(listen(api, LIVE, { after: 'no cursor' }).next()).rejects.toMatchObject({
    cause: { extensions: { code: 'BAD_USER_INPUT' } },
  });
});

test('a till that is opened shows every payment that waits, however many pages they fill', async () => {
  const { createTillClient, followPayments } = await loadTill();
  const { qrCode, store } = await world.merchant.openCounter();
  const paid = await Promise.all(
    Array.from({ length: 51 }, async () =>
      world.merchant.transactionOf(
        await world.gateway.pay({ qrcode: qrCode.code, amount: '1.00' }),
      ),
    ),
  );
  const client = createTillClient(`${world.apiUrl}/graphql`, TOKEN);
  const shown = new Set<string>();

  const leave = followPayments(
    client,
    { storeId: store.id, paidFrom: '2020-01-01T00:00:00Z' },
    { onPayment: ({ id }) => shown.add(id), onTrouble: () => undefined },
  );
  await waitFor('every payment at the till', () => shown.size >= paid.length).finally(leave);

  expect(shown).toEqual(new Set(paid.map(({ id }) => id)));
  client.stop();
});

test('a list that is refused by itself is read again: the stream, which goes on, tells of nothing before it', async () => {
  const { createTillClient, followPayments } = await loadTill();
  const hurried = await startWorld({ env: { OPERATION_TIMEOUT_MS: '500' } });
  const { qrCode, store } = await hurried.merchant.openCounter();
  const witness = await hurried.subscribe<Payment>({ text: LIVE });
  const trade = await hurried.gateway.pay({ qrcode: qrCode.code, amount: '1.00' });
  await witness.next('the payment', () => true);
  const waiting = await hurried.merchant.transactionOf(trade);
  const session = new Client({ connectionString: hurried.databaseUrl });
  await session.connect();
  await session.query('begin; lock table transactions in access exclusive mode');
  const client = createTillClient(`${hurried.apiUrl}/graphql`, TOKEN);
  const shown: string[] = [];
  const troubles: (string | null)[] = [];

  const leave = followPayments(
    client,
    { storeId: store.id, paidFrom: '2020-01-01T00:00:00Z' },
    { onPayment: ({ id }) => shown.push(id), onTrouble: (trouble) => troubles.push(trouble) },
  );
  try {
    await pause(1_500);
    await session.query('rollback');
    await waitFor('the payment at the till', () => shown.includes(waiting.id));
  } finally {
    leave();
    client.stop();
    await session.end();
  }

  expect(troubles).toContainEqual(expect.any(String));
  expect(troubles.at(-1)).toBeNull();
});

test('the types of the recipe, and the code in docs/frontend.md, are up to date', () => {
  expect(checkGenerated).not.toThrow();
});

test('the recipe asks for the versions that it is tried with', () => {
  const ours = { ...versionsIn('apps/merchant-api/package.json'), ...versionsIn('package.json') };
  const asked = Object.entries(versionsIn('examples/live-till/package.json')).filter(
    ([name]) => ours[name] !== undefined,
  );

  expect(asked.filter(([name, version]) => ours[name] !== version)).toEqual([]);
  expect(asked.length).toBeGreaterThan(8);
});
