import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';

import { Client } from 'pg';

export interface Machine {
  readonly at: string;
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly postgres: string;
  readonly fsync: string;
  /** A database in memory flushes to nowhere: then durability costs nothing here. */
  readonly diskIsMemory: boolean;
  /** Others who used the machine in the minute before. */
  readonly loadBefore: number;
}

const TMPFS = 0x01021994;

export async function describeMachine(databaseUrl: string): Promise<Machine> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const version = await client.query<{ server_version: string }>('show server_version');
    const fsync = await client.query<{ fsync: string }>('show fsync');
    return {
      at: new Date().toISOString(),
      cores: availableParallelism(),
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      node: process.version,
      postgres: version.rows[0]?.server_version ?? 'unknown',
      fsync: fsync.rows[0]?.fsync ?? 'unknown',
      diskIsMemory: statfsSync(tmpdir()).type === TMPFS,
      loadBefore: loadavg()[0] ?? Number.NaN,
    };
  } finally {
    await client.end();
  }
}
