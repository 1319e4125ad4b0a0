import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

export interface DatabaseCopy {
  readonly url: string;
  /** The original is gone, and the copy has its name. */
  takePlace(): Promise<void>;
  drop(): Promise<void>;
}

/** A backup, as whole as a dump is: the database as it stands, under another name on the same server. Nobody may come back meanwhile. */
export async function copyDatabase(url: string): Promise<DatabaseCopy> {
  const original = new URL(url);
  const name = decodeURIComponent(original.pathname.slice(1));
  const copy = `${name}_${randomUUID().slice(0, 8)}`;
  const run = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: at('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const at = (database: string): string => {
    const address = new URL(original);
    address.pathname = `/${encodeURIComponent(database)}`;
    return address.href;
  };

  await run(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
  await run(`create database "${copy}" template "${name}"`);
  return {
    url: at(copy),
    takePlace: async () => {
      await run(`drop database "${name}" with (force)`);
      await run(`alter database "${copy}" rename to "${name}"`);
    },
    drop: () => run(`drop database "${copy}" with (force)`),
  };
}
