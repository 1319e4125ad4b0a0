import { connect, type Socket } from 'node:net';

import { Client } from 'pg';

import type { Notice } from './acknowledged-sender';
import type { Site } from './acknowledged-site';
import { waitFor } from './wait-for';

/**
 * Does the work while every connection that the server gives out is taken. That one more is refused
 * is not enough to know so: whoever is about to be let in holds a place unseen.
 */
export async function withoutConnections<Result>(
  { databaseUrl }: Site,
  work: () => Promise<Result>,
): Promise<Result> {
  const taken: Client[] = [];
  const takeAll = async (): Promise<boolean> => {
    let client = await takeOne(databaseUrl);
    for (; client !== null; client = await takeOne(databaseUrl)) taken.push(client);
    const places = await placesOf(taken);
    if (taken.length < places) await endOthers(taken);
    return taken.length === places;
  };
  try {
    await waitFor('every connection taken', takeAll);
    return await work();
  } finally {
    await Promise.all(taken.map((client) => client.end().catch(() => undefined)));
  }
}

/** How many connections there are for a superuser, as the test's user is. */
async function placesOf([first]: readonly Client[]): Promise<number> {
  if (first === undefined) return Infinity;
  const { rows } = await first.query<{ places: number }>(
    `select current_setting('max_connections')::int as places`,
  );
  return rows[0]?.places ?? Infinity;
}

async function takeOne(databaseUrl: string): Promise<Client | null> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // the server ends it with a test
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (Reflect.get(error as object, 'code') !== '53300') throw error;
    return null;
  }
}

/** Ends everybody else's connections. */
async function endOthers(taken: readonly Client[]): Promise<void> {
  const ours = await Promise.all(
    taken.map(async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      return rows[0]?.pid;
    }),
  );
  await taken[0]?.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where backend_type = 'client backend' and pid <> all($1::int[])`,
    [ours],
  );
}

/** Requests one after the other on a connection, without waiting for an answer. */
export interface Flood {
  /** Answers that came so far, by status. */
  readonly answers: ReadonlyMap<string, number>;
  /** True when nothing is to be waited for: what a connection that ended had not answered never comes. */
  readonly isOver: () => boolean;
  /** Sends until as many wait for an answer: on a slow machine earlier ones have been answered. */
  keepWaiting(count: number): void;
  close(): void;
}

/** The same message again and again: more at once than a sender who waits could send. */
export function flood(url: string, { body, contentType }: Notice): Flood {
  const { hostname, port, pathname } = new URL(url);
  const bytes = Buffer.from(body);
  const request = Buffer.concat([
    Buffer.from(
      `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: ${contentType}\r\n` +
        `content-length: ${bytes.length}\r\n\r\n`,
    ),
    bytes,
  ]);
  const answers = new Map<string, number>();
  const lines = Array.from({ length: CONNECTIONS }, () => {
    const line = { socket: connect(Number(port), hostname), waiting: 0 };
    line.socket.once('close', () => (line.waiting = 0));
    countAnswers(line.socket, (status) => {
      line.waiting -= 1;
      answers.set(status, (answers.get(status) ?? 0) + 1);
    });
    return line;
  });
  return {
    answers,
    isOver: () => lines.every(({ waiting }) => waiting <= 0),
    keepWaiting: (count) => {
      const open = lines.filter(({ socket }) => socket.writable);
      const waiting = open.reduce((sum, line) => sum + line.waiting, 0);
      const each = Math.ceil((count - waiting) / open.length);
      if (each <= 0 || open.length === 0) return;
      const requests = Buffer.concat(Array.from({ length: each }, () => request));
      for (const line of open) {
        line.socket.write(requests);
        line.waiting += each;
      }
    },
    close: () => {
      for (const { socket } of lines) socket.destroy();
    },
  };
}

const CONNECTIONS = 50;

function countAnswers(socket: Socket, count: (status: string) => void): void {
  let text = '';
  socket.on('error', () => undefined); // what is missing is seen in the count
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    let counted = 0;
    for (const { 0: line, 1: status = '', index } of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
      count(status);
      counted = index + line.length;
    }
    // A status may be cut anywhere: its beginning waits for the rest.
    text = text.slice(Math.max(counted, text.length - STATUS_LINE));
  });
}

/** One less than what is looked for. */
const STATUS_LINE = 'HTTP/1.1 200 '.length - 1;
