import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { startPostgres } from '@countersign/postgres';

import { type SignaturesOptions } from './command-line';
import { median } from './statistics';

/** Milliseconds, medians of the rounds. */
export interface StartResult {
  readonly options: SignaturesOptions;
  readonly node: string;
  readonly first: Compared;
  /** With the data of the first there already. */
  readonly second: Compared;
}

interface Compared {
  readonly postgresMs: number;
  readonly productMs: number;
}

const BOOTSTRAP = resolve(__dirname, '../../start/bootstrap.mjs');
const readyWithinMs = 120_000;

/** How long `npm start` takes to its last ready line, beside PostgreSQL alone. */
export async function measureStart(
  { rounds, json }: SignaturesOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<StartResult> {
  const found: { postgres: number[]; product: number[] }[] = [
    { postgres: [], product: [] },
    { postgres: [], product: [] },
  ];
  for (let round = 1; round <= rounds; round += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-start-'));
    try {
      for (const times of found) {
        times.postgres.push(await timePostgres(join(folder, 'alone')));
        signal.throwIfAborted();
        times.product.push(await timeProduct(join(folder, 'product'), signal));
        signal.throwIfAborted();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    tell(`round ${round} of ${rounds} is done`);
  }
  const [first, second] = found.map(({ postgres, product }) => ({
    postgresMs: Math.round(median(postgres)),
    productMs: Math.round(median(product)),
  }));
  if (first === undefined || second === undefined) throw new Error('nothing was measured');
  return { options: { rounds, json }, node: process.version, first, second };
}

async function timePostgres(dataDir: string): Promise<number> {
  const startedAt = performance.now();
  const server = await startPostgres({ dataDir });
  const took = performance.now() - startedAt;
  await server.close();
  return took;
}

/** As a person starts it, with modules installed and everything built; stopped as one stops it. */
async function timeProduct(dataDir: string, signal: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  const product = spawn(process.execPath, [BOOTSTRAP, 'start'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      COUNTERSIGN_DATA_DIR: dataDir,
      PORT: '0',
      SIMULATOR_PORT: '0',
      SIMULATOR_SFTP_PORT: '0',
    },
  });
  const gone = once(product, 'exit');
  try {
    await readyLine(product, signal);
    return performance.now() - startedAt;
  } finally {
    product.kill('SIGTERM');
    await gone;
  }
}

function readyLine(product: ChildProcess, signal: AbortSignal): Promise<void> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`not ready within ${readyWithinMs / 1_000} s:\n${printed}`));
    }, readyWithinMs);
    const end = (work: () => void): void => {
      clearTimeout(late);
      work();
    };
    signal.addEventListener(
      'abort',
      () => {
        end(() => {
          reject(new Error('stopped'));
        });
      },
      { once: true },
    );
    product.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (/^ready http\S+\/graphql$/m.test(printed)) end(resolve);
    });
    product.once('exit', (code) => {
      end(() => {
        reject(new Error(`npm start ended with ${code ?? 'a signal'}:\n${printed}`));
      });
    });
  });
}
