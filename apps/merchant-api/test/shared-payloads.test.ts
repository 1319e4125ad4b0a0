import { GraphQLError } from 'graphql';

import { createSharedPayloads } from '../src/graphql/shared-payloads';
import { deliverStream } from '../src/http/deliver-stream';
import { openRawSocket } from './support/raw-http';
import { openCounter, pay } from './support/shop';
import { startStack, TOKEN } from './support/stack';
import { until } from './support/until';

test('what thousands are told is written once, and goes to each under its own id', async () => {
  let written = 0;
  const told = {
    data: {
      toJSON: () => {
        written += 1;
        return { name: '中環' };
      },
    },
  };
  const payloadOf = createSharedPayloads(() => ({ message: 'none' }));
  const sent: string[] = [];

  for (let subscriber = 0; subscriber < 1_000; subscriber += 1) {
    async function* results() {
      yield await Promise.resolve(told);
    }
    const delivery = deliverStream(results(), {
      id: `"${subscriber}\n`,
      gone: new AbortController().signal,
      isReplaced: () => false,
      payloadOf,
      send: (message, done) => {
        sent.push(message.toString());
        done();
      },
      interrupted: (why) => Promise.reject(why),
    });
    expect(await delivery.next()).toEqual({ done: true, value: undefined });
  }

  expect(written).toBe(1);
  expect(sent.map((message) => JSON.parse(message) as unknown)).toEqual(
    sent.map((_, subscriber) => ({
      id: `"${subscriber}\n`,
      type: 'next',
      payload: { data: { name: '中環' } },
    })),
  );
});

test('an error that thousands are told is told of once, and under one number', () => {
  let formatted = 0;
  const payloadOf = createSharedPayloads(() => {
    formatted += 1;
    return { message: `number ${formatted}` };
  });
  const result = { errors: [new GraphQLError('a field failed')] };

  const payloads = [payloadOf(result), payloadOf(result)].map(String);

  expect(payloads[0]).toBe('{"data":null,"errors":[{"message":"number 1"}]}');
  expect(payloads[1]).toBe(payloads[0]);
});

test('an id that its client uses again belongs to the new stream, which hears everything once', async () => {
  const stack = await startStack();
  const counter = await openCounter(stack);
  const socket = await openRawSocket(stack.api.port);
  const told = (): { id?: string; type: string; payload?: unknown }[] =>
    socket.texts.map((text) => JSON.parse(text) as ReturnType<typeof told>[number]);
  const query = `subscription ($after: String) { paymentReceived(after: $after) { transaction { id } } }`;
  const { latestEventCursor: after } = await stack.client.get('{ latestEventCursor }');
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${TOKEN}` } });
  await until('the acknowledgement', () => socket.texts.length === 1);

  for (let turn = 0; turn < 5; turn += 1) {
    // The one before may be reading the database, or waiting for an event, when its id is taken.
    socket.send({ id: '1', type: 'subscribe', payload: { query, variables: { after } } });
    if (turn < 4) socket.send({ id: '1', type: 'complete' });
  }
  socket.send({ id: 'question', type: 'subscribe', payload: { query: '{ __typename }' } });
  await until('the answer', () => told().some(({ id }) => id === 'question'));
  const first = await pay(stack, counter);
  await until('the payment', () => told().some(({ id, type }) => id === '1' && type === 'next'));
  const second = await pay(stack, counter);
  await until(
    'the next',
    () => told().filter(({ type, id }) => id === '1' && type === 'next').length > 1,
  );

  expect(told().filter(({ id }) => id === '1')).toEqual(
    [first, second].map(({ id }) => ({
      id: '1',
      type: 'next',
      payload: { data: { paymentReceived: { transaction: { id } } } },
    })),
  );
  socket.destroy();
  await stack.close();
}, 60_000);

test('a client that chooses a strange id finds it in its messages', async () => {
  const stack = await startStack();
  const counter = await openCounter(stack);
  const socket = await openRawSocket(stack.api.port);
  const id = '"};{"type":"complete" 中\u2028';
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${TOKEN}` } });
  await until('the acknowledgement', () => socket.texts.length === 1);
  const query = 'subscription { paymentReceived { transaction { id } } }';
  socket.send({ id, type: 'subscribe', payload: { query } });
  socket.send({ id: 'question', type: 'subscribe', payload: { query: '{ __typename }' } });
  await until('the answer', () => socket.texts.length === 3);

  const paid = await pay(stack, counter);

  await until('the payment', () => socket.texts.length === 4);
  expect(JSON.parse(socket.texts[3] ?? '')).toEqual({
    id,
    type: 'next',
    payload: { data: { paymentReceived: { transaction: { id: paid.id } } } },
  });
  socket.destroy();
  await stack.close();
}, 60_000);
