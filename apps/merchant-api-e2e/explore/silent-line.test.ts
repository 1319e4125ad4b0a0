import { type AddressInfo } from 'node:net';

import { WebSocketServer } from 'ws';

import { loadTill } from '../support/live-till';
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
