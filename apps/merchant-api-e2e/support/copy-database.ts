import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

/** A backup, as whole as a dump is: the database as it stands, under another name on the same server. */
export async function copyDatabase(url: string): Promise<{ url: string; drop(): Promise<void> }> {
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

  await run(`create database "${copy}" template "${name}"`);
  return {
    url: at(copy),
    drop: () => run(`drop database "${copy}" with (force)`),
  };
}
