import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { createDatabase, startThrowawayPostgres } from '@countersign/postgres';
import { request } from 'undici';

import { type MemoryOptions } from './command-line-scale';
import { describeMachine, type Machine } from './describe-machine';
import { makeKeys } from './make-keys';
import { DURABLE } from './measure-notifications';
import { postBackToBack } from './post-notifications';
import { puttingUp } from './put-up';
import { residentMbOf } from './resident-memory';
import { seedCodes, type SeededCode } from './seed-codes';
import { createNotificationPress } from './sign-notifications';
import { type Program } from './start-program';
import { startReceivers } from './stream-stage';
import { openLook, PARTNER_ID, startApiProgram, startGatewayStub, TOKEN } from './subject';
import { PAYMENTS } from './subscriber';
import { untilTrue } from './until-true';

/** Of the API's process, in MB. */
export interface Memory {
  /** Null where the system does not say. */
  readonly residentMb: number | null;
  /** What JavaScript held, some of it garbage. */
  readonly heapMb: number;
}

export interface MemoryRun {
  readonly seconds: number;
  /** By which the database grew for one payment: its message, itself, its event, and their indexes. */
  readonly diskBytesEach: number;
  readonly notified: Memory;
  readonly subscribed: Memory;
  readonly left: Memory;
}

export interface MemoryResult {
  readonly options: MemoryOptions;
  readonly machine: Machine;
  readonly rest: Memory;
  /** The same again in the same process: what grows from one to the next was not let go. */
  readonly runs: readonly MemoryRun[];
}

const RUNS = 2;
const PILE = 5_000;
const PILE_SECONDS = 600;
const CONNECTIONS = 50;
const STORES = 200;
/** A process that has come to rest collects its garbage meanwhile, as far as it does. */
const restMs = 10_000;
const restShortMs = 500;

/** The whole API in one process; the receivers and the load generator in others. */
export async function measureMemory(
  options: MemoryOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<MemoryResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell('starting PostgreSQL and the API …');
    const server = await open(startThrowawayPostgres(DURABLE));
    // How a message is signed leaves nothing in memory, and a million RSA2 signatures take half an hour.
    const keys = makeKeys('MD5');
    const surroundings = { server, keys, folder, logLevel: 'info' };
    const gateway = await open(startGatewayStub(surroundings));
    const databaseUrl = await createDatabase(server.url, 'memory');
    const api = await open(
      startApiProgram(surroundings, { role: 'all', gatewayUrl: gateway.url, databaseUrl }),
    );
    const codes = await seedCodes(databaseUrl, STORES);
    const look = await open(openLook(databaseUrl));
    const machine = await describeMachine(server.url);
    const press = createNotificationPress({
      signer: keys.alipaySigner,
      sellerId: PARTNER_ID,
      tellsWallet: true,
    });

    const settle = async (): Promise<Memory> => {
      await pause(options.count < PILE ? restShortMs : restMs, undefined, { signal });
      return memoryOf(api);
    };
    const notify = async (): Promise<void> => {
      for (let rest = options.count; rest > 0; rest -= PILE) {
        const { refused } = await postBackToBack({
          url: `${api.url}/alipay/notifications/none`,
          pathOf: nextPath(codes),
          notifications: await press.print(Math.min(rest, PILE)),
          connections: CONNECTIONS,
          seconds: PILE_SECONDS,
          signal,
        });
        signal.throwIfAborted();
        if (refused > 0) throw new Error(`${refused} notifications were not acknowledged.`);
      }
      await untilTrue(
        async () =>
          (await look.count(`select count(*) from notifications where status = 'RECEIVED'`)) === 0,
        { fact: 'nothing waits in the inbox', lookEveryMs: 250, signal },
      );
    };
    const subscribeAll = async (receivers: Program): Promise<void> => {
      await receivers.ask({
        type: 'open',
        graphqlUrl: `${api.url}/graphql`,
        token: TOKEN,
        query: PAYMENTS,
        subscriptions: options.subscribers,
        storeIds: codes.map(({ storeId }) => Buffer.from(`Store:${storeId}`).toString('base64url')),
      });
    };

    const diskBytes = (): Promise<number> =>
      look.count('select pg_database_size(current_database()) as count');

    const rest = await settle();
    const runs: MemoryRun[] = [];
    while (runs.length < RUNS) {
      tell(`run ${runs.length + 1} of ${RUNS}: ${options.count} notifications …`);
      const diskBefore = await diskBytes();
      const startedAt = performance.now();
      await notify();
      const diskBytesEach = ((await diskBytes()) - diskBefore) / options.count;
      const seconds = (performance.now() - startedAt) / 1_000;
      const notified = await settle();
      tell(`run ${runs.length + 1} of ${RUNS}: ${options.subscribers} subscribers …`);
      const subscribed = await puttingUp(async (openNow) => {
        await subscribeAll(await openNow(startReceivers(folder)));
        return settle();
      });
      runs.push({ seconds, diskBytesEach, notified, subscribed, left: await settle() });
    }
    return { options, machine, rest, runs };
  });
}

function nextPath(codes: readonly SeededCode[]): () => string {
  let turn = 0;
  return () => `/alipay/notifications/${codes[turn++ % codes.length]?.token ?? ''}`;
}

async function memoryOf({ url, pid }: Program): Promise<Memory> {
  const answer = await request(`${url}/metrics`);
  const text = await answer.body.text();
  const [, bytes] = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(text) ?? [];
  return { residentMb: residentMbOf(pid), heapMb: Number(bytes) / 1_048_576 };
}
