import { EventEmitter, on } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { buildSchema, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

// graphql-ws as its documentation shows it, a program of its own: the product's schema, an event bus of
// Node's, and graphql-js, which executes for each subscriber. Asked over its channel it publishes one
// payment, which it holds in memory. It asks nobody who he is.

const bus = new EventEmitter().setMaxListeners(0);
const { SCHEMA_FILE = '', SAMPLE = '{}' } = process.env;
const event: unknown = (JSON.parse(SAMPLE) as { payload?: { data?: unknown } }).payload?.data;

async function* payments(): AsyncGenerator {
  for await (const [published] of on(bus, 'payment') as AsyncIterable<unknown[]>) yield published;
}

function schemaWithPayments(): GraphQLSchema {
  const schema = buildSchema(readFileSync(SCHEMA_FILE, 'utf8'));
  const field = schema.getSubscriptionType()?.getFields()['paymentReceived'];
  if (field === undefined) throw new Error('The schema has no paymentReceived.');
  field.subscribe = payments;
  return schema;
}

const server = createServer();
useServer(
  { schema: schemaWithPayments() },
  new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false }),
);
process.on('message', () => {
  bus.emit('payment', event);
  process.send?.({ type: 'sent' });
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
});
