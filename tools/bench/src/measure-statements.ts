import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDatabase } from '@countersign/merchant-domain';
import { createDatabase, startThrowawayPostgres } from '@countersign/postgres';
import { Client } from 'pg';

import { type StatementsOptions } from './command-line-books';
import { cpuMsOfFamily } from './cpu-time';
import { describeMachine, type Machine } from './describe-machine';
import { DURABLE } from './measure-notifications';
import { puttingUp } from './put-up';
import { seedDay, writeStatement } from './statement-day';
import { runProgram, type Took } from './work-in-process';

export interface StatementsResult {
  readonly options: StatementsOptions;
  readonly machine: Machine;
  readonly fileBytes: number;
  /** One for each round, in turn: the product, then the bare loop. */
  readonly product: readonly Imported[];
  readonly bare: readonly Imported[];
  /** The same file again, which changes nothing. */
  readonly again: Imported;
  /** A corrected file without a line: every payment of the day is missing in it. */
  readonly lacking: Imported;
  /** Discrepancies that it left open. */
  readonly missing: number;
}

export interface Imported extends Took<{
  readonly lineCount: number;
  readonly matchedCount: number;
}> {
  /** Of PostgreSQL with all its children; null where the system does not say. */
  readonly postgresCpuSeconds: number | null;
}

/** A day's file against as many payments, beside what nobody can do without. */
export async function measureStatements(
  options: StatementsOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<StatementsResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell('starting PostgreSQL, and seeding the day …');
    const server = await open(startThrowawayPostgres(DURABLE));
    const machine = await describeMachine(server.url);
    const databaseUrl = await createDatabase(server.url, 'statements');
    const empty = await openDatabase({ url: databaseUrl, migrate: true });
    await empty.close();
    await seedDay(databaseUrl, options.lines);
    const whole = join(folder, 'whole.txt');
    const lacking = join(folder, 'lacking.txt');
    await writeStatement(whole, options.lines);
    await writeStatement(lacking, 0);
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    await open({ close: () => client.end() });

    const run = async (program: string, file: string): Promise<Imported> => {
      const env = { DATABASE_URL: databaseUrl, FILE: file };
      const before = cpuMsOfFamily(server.pid);
      const took = await runProgram<Imported['result']>(program, env, signal);
      const after = cpuMsOfFamily(server.pid);
      const postgresCpuSeconds = before === null || after === null ? null : (after - before) / 1e3;
      return { ...took, postgresCpuSeconds };
    };
    const product: Imported[] = [];
    const bare: Imported[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      tell(`round ${round} of ${options.rounds} …`);
      // Nothing was healed, so without its lines the day is as it was.
      await client.query('truncate statements, statement_parts, statement_lines, discrepancies');
      product.push(requireAll(await run('statement-import', whole), options.lines));
      bare.push(requireAll(await run('statement-bare-loop', whole), options.lines));
    }
    tell('the same file again, and one that lacks everything …');
    const again = requireAll(await run('statement-import', whole), options.lines);
    const without = await run('statement-import', lacking);
    const { rows } = await client.query<{ missing: number }>(
      `select count(*)::int as missing from discrepancies where status in ('OPEN', 'NOT_YET_DUE')`,
    );
    const missing = rows[0]?.missing ?? 0;
    if (missing !== options.lines) {
      throw new Error(`${options.lines} payments are missing, and ${missing} are told of.`);
    }
    const fileBytes = statSync(whole).size;
    return { options, machine, fileBytes, product, bare, again, lacking: without, missing };
  });
}

/** Every line agrees; anything else was not what was to be measured. */
function requireAll(imported: Imported, lines: number): Imported {
  const { lineCount, matchedCount } = imported.result;
  if (lineCount === lines && matchedCount === lines) return imported;
  throw new Error(`Of ${lines} lines ${lineCount} were read, and ${matchedCount} agree.`);
}
