import { createHash, createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { parse, type ParsedUrlQuery } from 'node:querystring';

import { Pool } from 'pg';

// The baseline, a program of its own: the least that verifies a notification, keeps it durably and
// once, and says `success`. It makes no payment of it, tells nobody and asks nobody.

const BATCH_MAX = 200;
const TABLE = `create table if not exists inbox (
  notify_id text primary key, body bytea not null, received_at timestamptz not null)`;

interface Message {
  readonly notifyId: string;
  readonly body: Buffer;
}
type Keep = (message: Message) => Promise<void>;

/** One statement for all that wait, at once when one of two connections is free. */
function keepTogether(databaseUrl: string): Keep {
  const connections = 2;
  const pool = new Pool({ connectionString: databaseUrl, max: connections });
  const queue: (Message & { resolve: () => void; reject: (error: unknown) => void })[] = [];
  let underWay = 0;

  const pump = (): void => {
    while (underWay < connections && queue.length > 0) {
      const batch = queue.splice(0, BATCH_MAX);
      underWay += 1;
      void pool
        .query({
          name: 'keep-together',
          text: `insert into inbox select id, body, now() from unnest($1::text[], $2::bytea[]) as m (id, body)
                 on conflict do nothing`,
          values: [batch.map(({ notifyId }) => notifyId), batch.map(({ body }) => body)],
        })
        .then(
          () => {
            for (const { resolve } of batch) resolve();
          },
          (error: unknown) => {
            for (const { reject } of batch) reject(error);
          },
        )
        .finally(() => {
          underWay -= 1;
          pump();
        });
    }
  };
  return (message) =>
    new Promise((resolve, reject) => {
      queue.push({ ...message, resolve, reject });
      pump();
    });
}

/** One prepared insert for each, on one of ten connections. */
function keepAlone(databaseUrl: string): Keep {
  const pool = new Pool({ connectionString: databaseUrl, max: 10 });
  return async ({ notifyId, body }) => {
    await pool.query({
      name: 'keep-alone',
      text: 'insert into inbox values ($1, $2, now()) on conflict do nothing',
      values: [notifyId, body],
    });
  };
}

function createCheck(signType: string, key: string): (fields: ParsedUrlQuery) => boolean {
  const publicKey = signType === 'MD5' ? undefined : createPublicKey(key);
  const hash = signType === 'RSA2' ? 'sha256' : 'sha1';
  return (fields) => {
    const sign = String(fields['sign']);
    const text = Object.keys(fields)
      .filter((name) => name !== 'sign' && name !== 'sign_type' && fields[name] !== '')
      .sort()
      .map((name) => `${name}=${String(fields[name])}`)
      .join('&');
    return publicKey === undefined
      ? createHash('md5')
          .update(text + key)
          .digest('hex') === sign
      : verify(hash, Buffer.from(text), publicKey, Buffer.from(sign, 'base64'));
  };
}

async function main(): Promise<void> {
  const { DATABASE_URL = '', SIGN_TYPE = '', ALIPAY_KEY = '', INSERTS = '' } = process.env;
  const check = createCheck(SIGN_TYPE, ALIPAY_KEY);
  const pool = new Pool({ connectionString: DATABASE_URL, max: 1 });
  await pool.query(TABLE);
  await pool.end();
  const keep = INSERTS === 'alone' ? keepAlone(DATABASE_URL) : keepTogether(DATABASE_URL);

  const server = createServer((request, response) => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const fields = parse(body.toString('latin1'));
      if (request.method !== 'POST' || !check(fields)) {
        answer(400, 'fail');
        return;
      }
      keep({ notifyId: String(fields['notify_id']), body }).then(
        () => {
          answer(200, 'success');
        },
        () => {
          answer(503, 'fail');
        },
      );
    });
  });
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
  });
  process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
}

void main();
