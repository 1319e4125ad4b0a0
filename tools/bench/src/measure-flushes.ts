import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'pg';

import { postBackToBack } from './post-notifications';
import { type NotificationPress } from './sign-notifications';
import { type Subject } from './subject';

/** How often PostgreSQL flushed its log to the disk for one notification. */
export interface Flushes {
  readonly notifications: number;
  readonly flushes: number;
  readonly each: number;
}

const NOTIFICATIONS = 5_000;
const SECONDS_MAX = 30;
/** Idle processes of PostgreSQL hand in what they counted after ten seconds. */
const countsInMs = 11_000;

/** Counted apart from the rounds, because the counts come in late. */
export async function measureFlushes(
  subject: Subject,
  press: NotificationPress,
  how: {
    readonly serverUrl: string;
    readonly connections: number;
    readonly signal: AbortSignal;
  },
): Promise<Flushes> {
  const notifications = await press.print(NOTIFICATIONS);
  await pause(countsInMs, undefined, { signal: how.signal });
  const before = await countFlushes(how.serverUrl);
  const posted = await postBackToBack({
    ...how,
    url: subject.notifyUrl,
    notifications,
    seconds: SECONDS_MAX,
  });
  await pause(countsInMs, undefined, { signal: how.signal });
  const flushes = (await countFlushes(how.serverUrl)) - before;
  const accepted = posted.accepted.length;
  return { notifications: accepted, flushes, each: flushes / accepted };
}

async function countFlushes(serverUrl: string): Promise<number> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const version = await client.query<{ number: string }>(
      `select current_setting('server_version_num') as number`,
    );
    // From 18 on they are counted with all other input and output.
    const { rows } = await client.query<{ flushes: string }>(
      Number(version.rows[0]?.number) >= 180_000
        ? `select sum(fsyncs) as flushes from pg_stat_io where object = 'wal' and context = 'normal'`
        : 'select wal_sync as flushes from pg_stat_wal',
    );
    return Number(rows[0]?.flushes);
  } finally {
    await client.end();
  }
}
