import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** An address that leads to one server, and from some moment on to another, as after a fail-over. */
export interface SwitchingProxy {
  readonly port: number;
  /**
   * Nothing comes back on any connection from now on, and none is closed: what a client sees of a
   * machine that has lost its power.
   */
  fallSilent(): void;
  /** Who comes from now on is led there; who is connected is cut off, unless his line fell silent. */
  switchTo(port: number): void;
  close(): Promise<void>;
}

export async function openSwitchingProxy(port: number): Promise<SwitchingProxy> {
  const lines = new Set<Line>();
  let target = port;
  const server = createServer((client) => {
    const line = openLine(client, target);
    lines.add(line);
    client.on('close', () => lines.delete(line));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    fallSilent: () => {
      for (const line of lines) line.fallSilent();
    },
    switchTo: (other) => {
      target = other;
      for (const line of lines) line.cut();
    },
    close: async () => {
      for (const line of lines) line.end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Line {
  fallSilent(): void;
  cut(): void;
  end(): void;
}

function openLine(client: Socket, port: number): Line {
  const socket = connect(port, '127.0.0.1');
  let isSilent = false;
  const cut = (): void => {
    socket.destroy();
    if (!isSilent) client.destroy();
  };
  client.pipe(socket);
  socket.pipe(client);
  for (const end of [client, socket]) end.on('error', cut).on('close', cut);
  return {
    fallSilent: () => {
      isSilent = true;
      socket.unpipe(client);
      client.unpipe(socket);
      client.resume(); // and what it says is lost
      socket.destroy();
    },
    cut,
    end: () => {
      socket.destroy();
      client.destroy();
    },
  };
}
