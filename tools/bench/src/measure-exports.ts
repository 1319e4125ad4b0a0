import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDatabase } from '@countersign/merchant-domain';
import { createDatabase, startThrowawayPostgres } from '@countersign/postgres';
import { request } from 'undici';

import { type ExportsOptions } from './command-line-books';
import { cpuMsOf, cpuMsOfFamily } from './cpu-time';
import { describeMachine, type Machine } from './describe-machine';
import { makeKeys } from './make-keys';
import { DURABLE } from './measure-notifications';
import { puttingUp } from './put-up';
import { residentMbOf } from './resident-memory';
import { historyOf, seedHistory } from './seed-history';
import { startApiProgram, TOKEN } from './subject';

export interface ExportsResult {
  readonly options: ExportsOptions;
  readonly machine: Machine;
  readonly bytes: number;
  readonly seconds: number;
  readonly apiCpuSeconds: number | null;
  readonly postgresCpuSeconds: number | null;
  /** Resident memory of the API in MB: at rest, then after each tenth of the rows. */
  readonly memoryMb: readonly (number | null)[];
  readonly peakMb: number | null;
}

const STORES = 1_000;
const sampleEveryMs = 100;
const NEW_LINE = 10;

/** A file of all payments over HTTP, and what the API's process holds meanwhile. */
export async function measureExports(
  options: ExportsOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<ExportsResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell(`starting PostgreSQL, and seeding ${options.rows} payments …`);
    const server = await open(startThrowawayPostgres(DURABLE));
    const machine = await describeMachine(server.url);
    const databaseUrl = await createDatabase(server.url, 'exports');
    const empty = await openDatabase({ url: databaseUrl, migrate: true });
    await empty.close();
    await seedHistory(databaseUrl, historyOf(options.rows, STORES), { signal, tell });
    const api = await open(
      startApiProgram(
        { keys: makeKeys('RSA2'), folder, logLevel: 'info' },
        { role: 'api', gatewayUrl: 'http://127.0.0.1:9/gateway.do', databaseUrl },
      ),
    );
    tell('exporting …');
    const cpu = (): [number | null, number | null] => [cpuMsOf(api.pid), cpuMsOfFamily(server.pid)];
    const before = cpu();
    const startedAt = performance.now();
    const memoryMb = [residentMbOf(api.pid)];
    const highest = watchMemory(api.pid);
    let bytes = 0;
    let lines = 0;
    try {
      const { statusCode, body } = await request(
        `${api.url}/exports/transactions.${options.format}`,
        {
          headers: { authorization: `Bearer ${TOKEN}` },
          signal,
        },
      );
      if (statusCode !== 200) throw new Error(`The export was answered ${statusCode}.`);
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        for (let at = chunk.indexOf(NEW_LINE); at >= 0; at = chunk.indexOf(NEW_LINE, at + 1))
          lines += 1;
        while (lines >= (memoryMb.length * options.rows) / 10) memoryMb.push(residentMbOf(api.pid));
      }
    } finally {
      highest.stop();
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const rows = options.format === 'csv' ? lines - 1 : lines;
    if (rows !== options.rows) throw new Error(`${rows} of ${options.rows} rows were exported.`);
    const [apiCpuSeconds = null, postgresCpuSeconds = null] = cpu().map((after, index) => {
      const from = before[index] ?? null;
      return after === null || from === null ? null : (after - from) / 1e3;
    });
    const peakMb = highest.peakMb();
    return {
      options,
      machine,
      bytes,
      seconds,
      apiCpuSeconds,
      postgresCpuSeconds,
      memoryMb,
      peakMb,
    };
  });
}

function watchMemory(pid: number): { stop(): void; peakMb(): number | null } {
  let peak: number | null = null;
  const look = (): void => {
    const now = residentMbOf(pid);
    if (now !== null) peak = Math.max(peak ?? 0, now);
  };
  const timer = setInterval(look, sampleEveryMs);
  return {
    stop: () => {
      clearInterval(timer);
    },
    peakMb: () => peak,
  };
}
