import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** An address that leads to one server, and from some moment on to another, as after a fail-over. */
export interface SwitchingProxy {
  readonly port: number;
  /** Who is connected is cut off; who comes from now on is led there. */
  switchTo(port: number): void;
  close(): Promise<void>;
}

export async function openSwitchingProxy(port: number): Promise<SwitchingProxy> {
  const sockets = new Set<Socket>();
  let target = port;
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    const socket = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [client, socket],
      [socket, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    switchTo: (other) => {
      target = other;
      cutAll();
    },
    close: async () => {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
