import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A stretch of network that can break: every connection through it can be cut at any moment. */
export interface Pipe {
  readonly port: number;
  /** The same URL, by way of this pipe. */
  through(url: string): string;
  /** Breaks every connection (to one destination), in the middle of whatever is on its way. */
  cut(port?: number): void;
  /** While it is closed nothing gets through: who connects is cut off at once. */
  setOpen(open: boolean): void;
  close(): Promise<void>;
}

/** `destination` is asked for each connection; null is nobody. */
export async function openPipe(destination: () => number | null): Promise<Pipe> {
  const sockets = new Map<Socket, number>();
  let isOpen = true;
  const keep = (socket: Socket, to: number): void => {
    sockets.set(socket, to);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    near.on('error', () => undefined);
    const port = isOpen ? destination() : null;
    if (port === null) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    far.on('error', () => undefined);
    keep(near, port);
    keep(far, port);
    near.pipe(far);
    far.pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = (only?: number): void => {
    for (const [socket, to] of sockets) {
      if (only === undefined || only === to) socket.resetAndDestroy();
    }
  };

  return {
    port,
    through: (url) => {
      const address = new URL(url);
      address.hostname = '127.0.0.1';
      address.port = `${port}`;
      return address.href;
    },
    cut,
    setOpen: (open) => {
      isOpen = open;
      if (!open) cut();
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
