import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where the steps of one session wait until they are let go. */
export interface Gate {
  /** From now on every step waits; `note` is told of whatever happens. */
  close(note: () => void): void;
  /** From now on nothing waits. */
  open(): void;
  /** A step is there: resolves when it may go on. */
  arrive(step: string): Promise<void>;
  /** A step that went on has had its answer. */
  leave(): void;
  /** Lets the first that waits go on, and says which it is. */
  release(): string;
  readonly held: () => readonly string[];
  readonly underWay: () => number;
}

export function createGate(): Gate {
  let held: { step: string; go: () => void }[] = [];
  let underWay = 0;
  let note: (() => void) | undefined;
  return {
    close: (listener) => {
      note = listener;
      underWay = 0;
    },
    open: () => {
      note = undefined;
      for (const { go } of held) go();
      held = [];
    },
    arrive: (step) => {
      if (note === undefined) return Promise.resolve();
      return new Promise((go) => {
        held.push({ step, go });
        note?.();
      });
    },
    leave: () => {
      if (note === undefined) return;
      underWay -= 1;
      note();
    },
    release: () => {
      const first = held.shift();
      if (first === undefined) throw new Error('nothing waits at this gate');
      underWay += 1;
      first.go();
      return first.step;
    },
    held: () => held.map(({ step }) => step),
    underWay: () => underWay,
  };
}

export interface GatewayDoor {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A door before the gateway: each call waits for its turn, takes effect, and is answered at once.
 * One that is held for longer than its caller waits for an answer arrives nowhere: the caller has
 * hung up by then.
 */
export async function openGatewayDoor(
  gate: Gate,
  gatewayUrl: string,
  { now, timeoutMs }: { readonly now: () => Date; readonly timeoutMs: number },
): Promise<GatewayDoor> {
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const query = request.url?.split('?')[1] ?? '';
    const service = /(?:^|&)service=(?<name>[\w.]+)/.exec(`${query}&${body.toString('latin1')}`);
    const hungUpAt = now().getTime() + timeoutMs;
    await gate.arrive(`call ${service?.groups?.['name'] ?? 'of no service'}`);
    if (now().getTime() > hungUpAt) {
      gate.leave();
      response.destroy();
      return;
    }
    try {
      const answer = await fetch(`${gatewayUrl}?${query}`, {
        method: request.method ?? 'POST',
        headers: { 'content-type': request.headers['content-type'] ?? '' },
        ...(body.length === 0 ? {} : { body }),
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      gate.leave();
      response
        .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        .end(bytes);
    } catch {
      gate.leave(); // a fault that was ordered: the session hears what the door has heard
      response.destroy();
    }
  };
  const server = createServer((request, response) => void pass(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/gateway.do`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
