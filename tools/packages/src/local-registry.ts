import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** What `npm publish` sends of one package. */
interface Published {
  readonly name: string;
  readonly 'dist-tags': Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, unknown>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

export interface LocalRegistry {
  readonly url: string;
  /** Lines for an `.npmrc`: our packages come from here, all others from where they always do. */
  readonly npmrc: string;
  /** Who asked for what. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 64 * 1024 * 1024;

/**
 * A registry of npm packages in memory, on this machine alone, for one scope: as much of the
 * protocol as `npm publish` and `npm install` speak.
 */
export async function startLocalRegistry(scope: string): Promise<LocalRegistry> {
  const packages = new Map<string, Published>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path =
      decodeURIComponent(request.url ?? '')
        .split('?', 1)[0]
        ?.slice(1) ?? '';
    asked.push(`${request.method ?? ''} ${path}`);
    answer(packages, { path, request, response }).catch((error: unknown) => {
      say(response, 400, { error: String(error) });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    npmrc: `${scope}:registry=${url}/\n${url.replace('http:', '')}/:_authToken=of-this-machine\n`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Exchange {
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(
  packages: Map<string, Published>,
  { path, request, response }: Exchange,
): Promise<void> {
  const [name = '', file] = path.split('/-/');
  const known = packages.get(name);
  if (request.method === 'PUT') {
    const published = JSON.parse((await readBody(request)).toString()) as Published;
    if (published.name !== name) throw new Error(`${published.name} is not ${name}`);
    if (known !== undefined) {
      say(response, 409, { error: `${name} is published already` });
      return;
    }
    packages.set(name, published);
    say(response, 201, { ok: true });
  } else if (request.method !== 'GET' || known === undefined) {
    say(response, 404, { error: 'not found' });
  } else if (file === undefined) {
    const { _attachments, ...told } = known;
    say(response, 200, told);
  } else {
    const data = known._attachments[file]?.data;
    if (data === undefined) say(response, 404, { error: 'not found' });
    else response.writeHead(200).end(Buffer.from(data, 'base64'));
  }
}

function say(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
