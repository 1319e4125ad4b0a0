import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import { WebSocketServer } from 'ws';

import { loadPlainFetch, loadTill } from '../support/live-till';
import { openSwitchingProxy } from '../support/switching-proxy';
import { waitFor } from '../support/wait-for';

interface Asked {
  readonly id: string;
  readonly type: string;
  readonly payload?: { readonly query: string; readonly variables: { readonly after?: string } };
}

/** As much of the API as a till asks for: its protocol, the payments of one store, and no list. */
async function openSmallApi() {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'graphql-transport-ws',
  });
  const paid: string[] = [];
  const streams = new Set<() => void>();
  server.on('connection', (socket) => {
    const say = (message: unknown): void => {
      socket.send(JSON.stringify(message));
    };
    const follow = ({ id, payload }: Asked): void => {
      let heard = Number(payload?.variables.after ?? paid.length);
      const tellNew = (): void => {
        for (const one of paid.slice(heard)) {
          say({ id, type: 'next', payload: { data: received(one, (heard += 1)) } });
        }
      };
      streams.add(tellNew);
      socket.on('close', () => {
        streams.delete(tellNew);
      });
      tellNew();
    };
    socket.on('message', (text: Buffer) => {
      const asked = JSON.parse(text.toString()) as Asked;
      if (asked.type === 'connection_init') say({ type: 'connection_ack' });
      else if (asked.type === 'ping') say({ type: 'pong' });
      else if (asked.payload?.query.startsWith('subscription') === true) follow(asked);
      else if (asked.type === 'subscribe') {
        say({ id: asked.id, type: 'next', payload: { data: { transactions: null } } });
        say({ id: asked.id, type: 'complete' });
      }
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    streams,
    pay: (id: string): void => {
      paid.push(id);
      for (const tellNew of streams) tellNew();
    },
    close: async (): Promise<void> => {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function received(id: string, position: number): Record<string, unknown> {
  const amount = { __typename: 'Money', amount: '1.00', currency: 'HKD' };
  const transaction = {
    ...{ __typename: 'Transaction', id, alipayTransId: id, status: 'PAID', amount },
    ...{ refundableAmount: amount, saleReference: null, buyerLogin: null, paidAt: null },
  };
  const event = { __typename: 'TransactionEvent', id: `event ${id}`, cursor: String(position) };
  return { paymentReceived: { ...event, transaction } };
}

test('a till whose line falls silent says so, comes back by itself, and shows what was paid meanwhile', async () => {
  const { createTillClient, followPayments } = await loadTill();
  const api = await openSmallApi();
  const line = await openSwitchingProxy(api.port);
  const client = createTillClient(`http://127.0.0.1:${line.port}/graphql`, 'token');
  const shown: string[] = [];
  const troubles: (string | null)[] = [];
  const leave = followPayments(
    client,
    { storeId: 'store', paidFrom: '2026-01-01T00:00:00Z' },
    { onPayment: ({ id }) => shown.push(id), onTrouble: (trouble) => troubles.push(trouble) },
  );
  try {
    await waitFor('its stream', () => api.streams.size > 0);
    api.pay('before');
    await waitFor('a payment at the till', () => shown.includes('before'));
    line.fallSilent();
    api.pay('meanwhile');
    await waitFor('what was paid in the silence', () => shown.includes('meanwhile'), {
      withinMs: 40_000,
    });
  } finally {
    leave();
    client.stop();
    await line.close();
    await api.close();
  }

  expect(shown).toEqual(['before', 'meanwhile']);
  expect(troubles).toContainEqual(expect.any(String));
  expect(troubles.at(-1)).toBeNull();
}, 90_000);

/** One stream of server-sent events, with a line that says nothing every so often. */
async function openSmallStream() {
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: next\ndata: ${JSON.stringify({ data: { number: streams.size } })}\n\n`);
    streams.add(response);
    response.once('close', () => streams.delete(response));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const keepAlive = setInterval(() => {
    for (const response of streams) response.write(':\n\n');
  }, 12_000);
  return {
    port: (server.address() as AddressInfo).port,
    streams,
    close: async (): Promise<void> => {
      clearInterval(keepAlive);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('plain fetch: a line that falls silent ends in an error, and one that nobody listens to any more is closed', async () => {
  const { listen } = await loadPlainFetch();
  const api = await openSmallStream();
  const line = await openSwitchingProxy(api.port);
  const heard = listen(
    { url: `http://127.0.0.1:${line.port}/graphql`, token: 'token' },
    'a stream',
  );
  try {
    const left = listen({ url: `http://127.0.0.1:${api.port}/graphql`, token: 'token' }, 'another');
    expect(await left.next()).toMatchObject({ value: { number: 0 } });
    await left.return(undefined);
    await waitFor('the end of the one that was left', () => api.streams.size === 0);

    expect(await heard.next()).toMatchObject({ value: { number: 0 } });
    line.fallSilent();
    await expect(heard.next()).rejects.toThrow('The line is silent.');
  } finally {
    await line.close();
    await api.close();
  }
}, 60_000);
