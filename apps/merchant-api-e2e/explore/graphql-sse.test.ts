import { type Client, createClient, NetworkError } from 'graphql-sse';

import type { Operation } from '../support/graphql-client';
import { TOKEN } from '../support/keys';
import { waitFor, within } from '../support/wait-for';
import { endWorlds, startWorld, type World } from '../support/world';

const LIVE = `subscription Live($after: String, $storeId: ID) {
  paymentReceived(after: $after, storeId: $storeId) { cursor amount { amount } }
}`;

const CREATE_KEY: Operation<{
  createApiKey: { readonly apiKey: { readonly id: string }; readonly secret: string };
}> = {
  text: 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } secret } }',
};
const REVOKE_KEY: Operation<unknown> = {
  text: 'mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKey { id } } }',
};

const clients: Client[] = [];
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});
afterAll(endWorlds);

/** The client that most people take, as its README has it. */
function clientOf(token = TOKEN, retryAttempts = 0, of = world): Client {
  const client = createClient({
    url: `${of.apiUrl}/graphql/stream`,
    headers: { authorization: `Bearer ${token}` },
    retryAttempts,
  });
  clients.push(client);
  return client;
}

interface Heard {
  readonly amounts: string[];
  readonly errors: unknown[];
  /** Resolves with why the client gave up, or null when the server said that it was complete. */
  readonly end: Promise<unknown>;
}

interface Payment {
  readonly paymentReceived: {
    readonly cursor: string;
    readonly amount: { readonly amount: string };
  };
}

/** Listens, and keeps the last cursor where the client looks when it comes back. */
function listen(client: Client, variables: { after?: string; storeId?: string } = {}): Heard {
  const heard = { amounts: [] as string[], errors: [] as unknown[] };
  const end = new Promise<unknown>((resolve) => {
    client.subscribe<Payment>(
      { query: LIVE, variables },
      {
        next: ({ data, errors }) => {
          heard.errors.push(...(errors ?? []));
          if (!data) return;
          variables.after = data.paymentReceived.cursor;
          heard.amounts.push(data.paymentReceived.amount.amount);
        },
        error: resolve,
        complete: () => {
          resolve(null);
        },
      },
    );
  });
  return { ...heard, end };
}

test('graphql-sse: a client that comes back with its last cursor hears every payment once', async () => {
  const { qrCode } = await world.merchant.openCounter();
  const pay = (amount: string) => world.gateway.pay({ qrcode: qrCode.code, amount });
  await pay('1.00');
  const after = await latestCursor(world);
  const { amounts } = listen(clientOf(TOKEN, 20), { after });
  await pay('2.00');
  await waitFor('the second payment', () => amounts.length === 1);

  await world.stopApi();
  await world.startApi();
  await pay('3.00');
  await waitFor('the third payment', () => amounts.length === 2);
  await pay('4.00');
  await waitFor('the fourth payment', () => amounts.length === 3);

  expect(amounts).toEqual(['2.00', '3.00', '4.00']);
});

test('graphql-sse: a query is answered, and ends', async () => {
  const answers: unknown[] = [];

  for await (const answer of clientOf().iterate({ query: '{ viewer { role } }' })) {
    answers.push(answer);
  }

  expect(answers).toEqual([{ data: { viewer: { role: 'OWNER' } } }]);
});

test('graphql-sse: the same access as elsewhere', async () => {
  const [here, there] = [await world.merchant.openCounter(), await world.merchant.openCounter()];
  const { createApiKey } = await world.graphql(CREATE_KEY, {
    input: { name: 'Till', role: 'CASHIER', storeIds: [here.store.id] },
  });
  const cashier = clientOf(createApiKey.secret);
  const witness = listen(clientOf());
  const ofHere = listen(cashier);
  const ofThere = listen(cashier, { storeId: there.store.id });
  const unknown = listen(clientOf('unknown'));

  expect(await within('the refusal', 10_000, ofThere.end)).toBeNull();
  expect(ofThere.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect(statusOf(await within('the end', 10_000, unknown.end))).toBe(401);
  // Both listen from when the server has heard of them: pay until each has heard something.
  await waitFor('both to listen', async () => {
    await world.gateway.pay({ qrcode: there.qrCode.code, amount: '5.00' });
    await world.gateway.pay({ qrcode: here.qrCode.code, amount: '6.00' });
    return witness.amounts.includes('5.00') && ofHere.amounts.includes('6.00');
  });
  expect(ofHere.amounts).not.toContain('5.00');

  await world.graphql(REVOKE_KEY, { input: { apiKeyId: createApiKey.apiKey.id } });

  expect(await within('the end of the stream', 10_000, ofHere.end)).toBeInstanceOf(NetworkError);
});

test('graphql-sse: a cursor of another history is refused', async () => {
  const other = await startWorld();
  const { qrCode } = await world.merchant.openCounter();
  await world.gateway.pay({ qrcode: qrCode.code, amount: '1.00' });
  const after = await latestCursor(world);

  const { errors, end } = listen(clientOf(TOKEN, 0, other), { after });

  expect(await within('the end', 10_000, end)).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
});

async function latestCursor(of: World): Promise<string> {
  return waitFor('a payment', async () => {
    const [payment] = await of.merchant.transactions();
    return payment && (await of.merchant.timeline(payment.id))[0]?.cursor;
  });
}

function statusOf(error: unknown): number | undefined {
  return (error as NetworkError).response?.status;
}
