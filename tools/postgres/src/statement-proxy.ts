import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
  type Frame,
  FrameReader,
  isEncryptionRequest,
  StatementTexts,
} from './statement-proxy-frames';

/** One simple query, or one extended batch up to its Sync. */
export interface Statement {
  /** Counts the proxy's connections from 0. */
  readonly connection: number;
  /** Counts the proxy's statements from 0. */
  readonly index: number;
  /** The SQL, also of a prepared statement whose text came earlier. */
  readonly text: string;
}

export type StatementHook = (
  statement: Statement,
  moment: 'before' | 'after',
) => void | Promise<void>;

export interface StatementProxy {
  /** Like the database's URL, but through the proxy. */
  readonly url: string;
  /** All that were asked for, in order. */
  readonly statements: readonly Statement[];
  /**
   * Waited for before a statement is passed on (`before`), and before the server's answer to it,
   * ReadyForQuery included, is passed back (`after`). What a connection that was cut meanwhile
   * still had on its way is lost. Answers how to stop watching.
   */
  watch(hook: StatementHook): () => void;
  /** As if the network went away: every connection is reset, at once, on both sides. */
  cut(): void;
  /** While refusing, new connections are reset. */
  refuse(isRefusing: boolean): void;
  /** Ends it with its connections; throws what a hook has thrown, the first of all. */
  close(): Promise<void>;
}

/** A place between a program and its PostgreSQL where a test sees, holds and cuts. No TLS. */
export async function openStatementProxy(databaseUrl: string): Promise<StatementProxy> {
  const target = new URL(databaseUrl);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const port = target.port === '' ? 5432 : Number(target.port);
  const statements: Statement[] = [];
  const hooks = new Set<StatementHook>();
  const connections = new Set<{ cut(): void }>();
  const failures: unknown[] = [];
  let connectionCount = 0;
  let isRefusing = false;

  const tell: StatementHook = async (statement, moment) => {
    try {
      for (const hook of [...hooks]) await hook(statement, moment);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => undefined); // its reader hears of it
    if (isRefusing) {
      reset(client);
      return;
    }
    const upstream = connect({ host, port, noDelay: true });
    upstream.on('error', () => undefined);
    const connection = connectionCount;
    connectionCount += 1;
    const note = (text: string): Statement => {
      const statement = { connection, index: statements.length, text };
      statements.push(statement);
      return statement;
    };
    const cut = (): void => {
      reset(client);
      reset(upstream);
    };
    const ends = { cut };
    connections.add(ends);
    const pending: Pending[] = [];
    void Promise.all([
      passOn({ client, upstream, pending, note, tell }).catch(cut),
      passBack({ client, upstream, pending, tell }).catch(cut),
    ]).then(() => connections.delete(ends));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target.hostname = '127.0.0.1';
  target.port = `${(server.address() as AddressInfo).port}`;

  const cutAll = (): void => {
    for (const connection of connections) connection.cut();
  };
  return {
    url: target.href,
    statements,
    watch: (hook) => {
      hooks.add(hook);
      return () => hooks.delete(hook);
    },
    cut: cutAll,
    refuse: (isSo) => {
      isRefusing = isSo;
    },
    close: async () => {
      isRefusing = true;
      cutAll();
      await new Promise((resolve) => server.close(resolve));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** One that has begun to end cannot be reset any more: Node would keep it open for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Something asked of the server that a ReadyForQuery will end. */
interface Pending {
  /** Null for a Sync with nothing before it, which only asks for the ReadyForQuery. */
  readonly statement: Statement | null;
  /** A client that has sent Flush waits for answers while its batch is still open. */
  readonly isHeld: boolean;
}

interface Wire {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly pending: Pending[];
  readonly tell: StatementHook;
}

async function passOn(wire: Wire & { readonly note: (text: string) => Statement }): Promise<void> {
  const { client, upstream, pending, note, tell } = wire;
  const frames = new FrameReader(true);
  const texts = new StatementTexts();
  let batch: Frame[] = [];
  let isFlushed = false;

  const send = async (): Promise<void> => {
    const isLast = batch.at(-1)?.type !== 'H';
    const found = batch.map((frame) => texts.textOf(frame)).filter((text) => text !== undefined);
    if (!isFlushed) {
      const statement = found.length === 0 ? null : note([...new Set(found)].join(';\n'));
      if (statement !== null) await tell(statement, 'before');
      pending.push({ statement, isHeld: isLast });
    }
    isFlushed = !isLast;
    upstream.write(Buffer.concat(batch.map(({ bytes }) => bytes)));
    batch = [];
  };

  for await (const chunk of client as AsyncIterable<Buffer>) {
    for (const frame of frames.read(chunk)) {
      if (frame.type === '' && isEncryptionRequest(frame.bytes)) client.write('N');
      else if ('QPBDECHS'.includes(frame.type) && frame.type !== '') {
        batch.push(frame);
        if ('QHS'.includes(frame.type)) await send();
      } else upstream.write(frame.bytes);
    }
  }
  upstream.end();
}

async function passBack({ client, upstream, pending, tell }: Wire): Promise<void> {
  const frames = new FrameReader(false);
  let held: Buffer[] = [];
  const release = (): void => {
    if (held.length > 0) client.write(Buffer.concat(held));
    held = [];
  };

  for await (const chunk of upstream as AsyncIterable<Buffer>) {
    for (const { type, bytes } of frames.read(chunk)) {
      const asked = pending[0];
      held.push(bytes);
      if (asked !== undefined && type === 'Z') {
        pending.shift();
        if (asked.statement !== null) await tell(asked.statement, 'after');
        release();
      } else if (asked?.isHeld !== true || 'GW'.includes(type)) {
        release(); // nothing to wait for, or a COPY that waits for the client's rows
      }
    }
  }
  release();
  client.end();
}
