import { Agent, request } from 'node:http';
import { type Socket } from 'node:net';

import { TOKEN } from './stack';

/** One connection that is used again and again, as a proxy does. */
export interface KeptAlive {
  ask(line: `${'GET' | 'POST'} ${string}`, body?: unknown): Promise<KeptAliveAnswer>;
  /** The server has closed it. Only after the first answer. */
  closed(): Promise<void>;
}

export interface KeptAliveAnswer {
  readonly status: number | undefined;
  /** What the server says of the connection. */
  readonly connection: string | undefined;
  readonly text: string;
}

export function keepAlive(port: number): KeptAlive {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let used: Socket | undefined;
  return {
    ask: (line, body) =>
      new Promise((resolve, reject) => {
        const [method, path] = line.split(' ');
        const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
        const asked = request({ agent, port, method, path, headers }, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('end', () => {
            const { statusCode: status, headers: said } = answer;
            resolve({ status, connection: said.connection, text });
          });
        });
        asked.on('error', reject);
        asked.on('socket', (socket) => {
          if (used !== undefined && used !== socket) reject(new Error('it was another connection'));
          used = socket;
        });
        asked.end(body === undefined ? undefined : JSON.stringify(body));
      }),
    closed: () =>
      new Promise((resolve) => {
        if (used?.destroyed !== false) resolve();
        else
          used.once('close', () => {
            resolve();
          });
      }),
  };
}
