import { type Database } from '@countersign/merchant-domain';
import { type ClientBase } from 'pg';

/** A statement as the product sent it. */
export interface SentStatement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** What the product sends to the database while it does some work. */
export async function sentBy(
  { manager }: Database,
  work: () => Promise<unknown>,
): Promise<readonly SentStatement[]> {
  const { dataSource } = manager;
  const { logger } = dataSource;
  const sent: SentStatement[] = [];
  const nothing = (): void => undefined;
  dataSource.logger = {
    logQuery: (sql: string, values: unknown[] = []) => sent.push({ sql, values }),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  try {
    await work();
  } finally {
    dataSource.logger = logger;
  }
  return sent;
}

interface Explained {
  readonly 'QUERY PLAN': readonly [{ readonly Plan: Plan; readonly 'Planning Time': number }];
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
}

export interface Reading {
  /** Pages of 8 kB that the executions touched, in memory or not. */
  readonly buffers: number;
  /** Every index and table scan of the plans, once. */
  readonly scans: readonly string[];
}

/** Runs statements again under `explain (analyze, buffers)`, with the values that they had. */
export async function explain(
  client: ClientBase,
  statements: readonly SentStatement[],
): Promise<Reading> {
  let buffers = 0;
  const scans = new Set<string>();
  for (const { sql, values } of statements) {
    const { rows } = await client.query<Explained>(
      `explain (analyze, buffers, format json) ${sql}`,
      [...values],
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    if (plan === undefined) continue;
    buffers += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    collectScans(plan, scans);
  }
  return { buffers, scans: [...scans] };
}

function collectScans(plan: Plan, scans: Set<string>): void {
  const index = plan['Index Name'];
  if (index !== undefined) scans.add(index);
  else if (plan['Node Type'] === 'Seq Scan') scans.add('whole table');
  for (const part of plan.Plans ?? []) collectScans(part, scans);
}
