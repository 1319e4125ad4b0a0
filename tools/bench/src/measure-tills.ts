import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { createDatabase, startThrowawayPostgres } from '@countersign/postgres';

import { type TillsOptions } from './command-line';
import { cpuMsOf } from './cpu-time';
import { describeMachine, type Machine } from './describe-machine';
import { makeKeys } from './make-keys';
import { DURABLE } from './measure-notifications';
import { postSteadily } from './post-notifications';
import { puttingUp } from './put-up';
import { seedCodes } from './seed-codes';
import { createNotificationPress, type SignedNotification } from './sign-notifications';
import { startProgram } from './start-program';
import { inOrder, percentile } from './statistics';
import { PARTNER_ID, startApiProgram, startGatewayStub, TOKEN } from './subject';
import { type Heard } from './tills';
import { untilTrue } from './until-true';

export interface TillsResult {
  readonly options: TillsOptions;
  readonly machine: Machine;
  readonly payments: number;
  readonly refused: number;
  /** Events that tills heard; each payment's tills are those of its store. */
  readonly heard: number;
  readonly missing: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of the API's process, one core being 1. */
  readonly apiCores: number | null;
}

const WARM_UP_SECONDS = 5;
const lookEveryMs = 250;

/** From the post, as Alipay makes it, to the event at each till of the store, by the machine's clock. */
export async function measureTills(
  options: TillsOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<TillsResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell('starting PostgreSQL and the API …');
    const server = await open(startThrowawayPostgres(DURABLE));
    const keys = makeKeys('RSA2');
    const surroundings = { server, keys, folder, logLevel: 'info' };
    const gateway = await open(startGatewayStub(surroundings));
    const databaseUrl = await createDatabase(server.url, 'tills');
    const api = await open(
      startApiProgram(surroundings, { role: 'all', gatewayUrl: gateway.url, databaseUrl }),
    );
    const codes = await seedCodes(databaseUrl, options.stores);
    const machine = await describeMachine(server.url);

    tell(`connecting ${options.tills} tills of ${options.stores} stores …`);
    const tills = await open(
      startProgram(require.resolve('./tills.js'), {
        logFile: join(folder, 'tills.log'),
        env: {
          GRAPHQL_URL: `${api.url}/graphql`,
          TOKEN,
          TILLS: String(options.tills),
          STORE_IDS: codes
            .map(({ storeId }) => Buffer.from(`Store:${storeId}`).toString('base64url'))
            .join(','),
        },
      }),
    );
    const press = createNotificationPress({
      signer: keys.alipaySigner,
      sellerId: PARTNER_ID,
      tellsWallet: false,
    });
    const run = async (seconds: number): Promise<Sent> => {
      const notifications = await press.print(options.rate * seconds);
      const sent = new Map<string, { readonly at: number; readonly tills: number }>();
      let turn = 0;
      const posted = await postSteadily({
        url: `${api.url}/alipay/notifications/none`,
        pathOf: () => `/alipay/notifications/${codes[turn++ % codes.length]?.token ?? ''}`,
        notifications,
        connections: 20,
        perSecond: options.rate,
        signal,
        onSend: ({ tradeNo }: SignedNotification, at) => {
          const store = sent.size % codes.length;
          sent.set(tradeNo, {
            at: performance.timeOrigin + at,
            tills: tillsOf(store, options),
          });
        },
      });
      return { sent, refused: posted.refused, seconds: posted.seconds };
    };
    tell('warming up …');
    await run(WARM_UP_SECONDS);
    tell(`${options.rate} payments a second for ${options.seconds} s …`);
    const cpuBefore = cpuMsOf(api.pid);
    const { sent, refused, seconds } = await run(options.seconds);
    const cpuAfter = cpuMsOf(api.pid);

    const expected = [...sent.values()].reduce((sum, { tills: count }) => sum + count, 0);
    let delays: number[] = [];
    await untilTrue(
      async () => {
        delays = delaysOf(sent, ((await tills.ask()) as { heard: Heard }).heard);
        return delays.length >= expected - refused * tillsOf(0, options);
      },
      { fact: 'every till hears of every payment of its store', lookEveryMs, signal },
    );
    await pause(lookEveryMs);
    return {
      options,
      machine,
      payments: sent.size,
      refused,
      heard: delays.length,
      missing: expected - delays.length,
      p50Ms: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
      maxMs: percentile(delays, 1),
      apiCores:
        cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / 1_000 / seconds,
    };
  });
}

interface Sent {
  readonly sent: ReadonlyMap<string, { readonly at: number; readonly tills: number }>;
  readonly refused: number;
  readonly seconds: number;
}

/** The tills are dealt to the stores one by one. */
function tillsOf(store: number, { tills, stores }: TillsOptions): number {
  return Math.floor(tills / stores) + (store < tills % stores ? 1 : 0);
}

function delaysOf(sent: Sent['sent'], heard: Heard): number[] {
  return inOrder(
    [...sent].flatMap(([tradeNo, { at }]) => (heard[tradeNo] ?? []).map((heardAt) => heardAt - at)),
  );
}
