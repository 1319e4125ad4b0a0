import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

// A proxy that deals connections to the replica with the fewest, a program of its own. It looks at no
// byte. Told over its channel which replicas there are; those that are told no more keep what they have.

let upstreams: readonly number[] = [];
const open = new Map<number, number>();

process.on('message', (told: { readonly ports: readonly number[] }) => {
  upstreams = told.ports;
  process.send?.({ type: 'told' });
});

const server = createServer({ noDelay: true }, (client) => {
  client.on('error', () => client.destroy());
  deal(
    client,
    [...upstreams].sort((a, b) => countOf(a) - countOf(b)),
  );
});

function deal(client: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    client.destroy();
    return;
  }
  open.set(port, countOf(port) + 1);
  const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
  let isConnected = false;
  upstream.once('connect', () => {
    isConnected = true;
    client.pipe(upstream).pipe(client);
  });
  upstream.on('error', () => upstream.destroy());
  upstream.once('close', () => {
    open.set(port, countOf(port) - 1);
    // Nothing was sent to one that took no connection: another may have it.
    if (isConnected) client.destroy();
    else deal(client, others);
  });
  client.once('close', () => upstream.destroy());
}

function countOf(port: number): number {
  return open.get(port) ?? 0;
}

process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
});
