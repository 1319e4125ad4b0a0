import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { type WebSocket, WebSocketServer } from 'ws';

// The least a server can do for its subscribers, a program of its own: asked over its channel it sends
// one Buffer, made beforehand, to every socket. It asks nobody who he is.

const payload = Buffer.from(process.env['PAYLOAD'] ?? '');
const open = new Set<WebSocket>();

const server = createServer();
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  handleProtocols: () => 'graphql-transport-ws',
});
sockets.on('connection', (socket) => {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
  socket.on('message', (bytes: Buffer) => {
    const { type } = JSON.parse(bytes.toString('utf8')) as { readonly type: string };
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
    else if (type === 'ping') socket.send('{"type":"pong"}');
  });
});
process.on('message', () => {
  for (const socket of open) socket.send(payload, { binary: false });
  process.send?.({ type: 'sent' });
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
});
