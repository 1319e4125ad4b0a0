import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { crashPostgres, createDatabase, makeThrowawayCluster } from '@countersign/postgres';

import { type FailuresOptions } from './command-line';
import { describeMachine, type Machine } from './describe-machine';
import { makeKeys } from './make-keys';
import { DURABLE } from './measure-notifications';
import { measureSilence, type Silence } from './measure-silence';
import { postSteadily } from './post-notifications';
import { puttingUp } from './put-up';
import { seedCodes } from './seed-codes';
import { createNotificationPress } from './sign-notifications';
import { type Program } from './start-program';
import { openLook, PARTNER_ID, startApiProgram, startGatewayStub, TOKEN } from './subject';
import { subscribe } from './subscriber';
import { untilTrue } from './until-true';

export interface FailuresResult {
  readonly options: FailuresOptions;
  readonly machine: Machine;
  /** PostgreSQL is ended as it ends in an immediate shutdown, and started again. */
  readonly database: Killed;
  /** The API is ended by SIGKILL, and started again. */
  readonly api: Killed;
  readonly silence: Silence;
}

/** What was killed once in the middle of the load. */
export interface Killed {
  readonly sent: number;
  /** Answered `success`. */
  readonly acknowledged: number;
  /** Acknowledged, and no payment with its one event afterwards. */
  readonly lost: number;
  /** Payments that were told of more than once. */
  readonly doubled: number;
  /** From the kill to the next `success`; null when there was none while the load lasted. */
  readonly acceptsAgainMs: number | null;
  /** From the kill to the next event at a subscriber who comes back at once. */
  readonly tellsAgainMs: number;
}

const GATEWAY_TIMEOUT_MS = 2_000;
const lookEveryMs = 20;

export async function measureFailures(
  options: FailuresOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<FailuresResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell('starting PostgreSQL and the API …');
    const cluster = await open(makeThrowawayCluster(DURABLE));
    let server = await cluster.start();
    const keys = makeKeys('RSA2');
    const surroundings = { server, keys, folder, logLevel: 'info' };
    const gateway = await open(startGatewayStub(surroundings));
    const databaseUrl = await createDatabase(server.url, 'failures');
    const startApi = (port = 0): Promise<Program> =>
      startApiProgram(surroundings, {
        role: 'all',
        gatewayUrl: gateway.url,
        databaseUrl,
        port,
        gatewayTimeoutMs: GATEWAY_TIMEOUT_MS,
      });
    let api = await startApi();
    await open({ close: () => api.close() });
    const [code] = await seedCodes(databaseUrl, 1);
    const machine = await describeMachine(server.url);
    const press = createNotificationPress({
      signer: keys.alipaySigner,
      sellerId: PARTNER_ID,
      tellsWallet: true,
    });
    const site = {
      options,
      press,
      databaseUrl,
      url: `${api.url}/alipay/notifications/${code?.token ?? ''}`,
      graphqlUrl: `${api.url}/graphql`,
      signal,
    };

    tell('PostgreSQL is killed during the load …');
    const killedDatabase = await killDuringLoad(site, async () => {
      await crashPostgres(server, 'immediately');
      server = await cluster.start();
    });
    tell('the API is killed during the load …');
    const killedApi = await killDuringLoad(site, async () => {
      const port = Number(new URL(api.url).port);
      await api.kill();
      api = await startApi(port);
    });
    tell(`Alipay is silent for ${options.silentSeconds} s …`);
    const silence = await measureSilence(site, gateway);
    return { options, machine, database: killedDatabase, api: killedApi, silence };
  });
}

export interface Site {
  readonly options: FailuresOptions;
  readonly press: ReturnType<typeof createNotificationPress>;
  readonly databaseUrl: string;
  readonly url: string;
  readonly graphqlUrl: string;
  readonly signal: AbortSignal;
}

async function killDuringLoad(site: Site, kill: () => Promise<void>): Promise<Killed> {
  const { options, press, url, signal } = site;
  const notifications = await press.print(options.rate * options.seconds);
  let killedAt = Number.NaN;
  let acceptsAgainMs: number | null = null;
  const killing = (async (): Promise<number> => {
    await pause((options.seconds * 1_000) / 3, undefined, { signal });
    killedAt = performance.now();
    const coming = comesBack(site, killedAt);
    await kill();
    return coming;
  })();
  const [posted, tellsAgainMs] = await Promise.all([
    postSteadily({
      url,
      notifications,
      connections: 50,
      perSecond: options.rate,
      signal,
      onSend: () => undefined,
      onSuccess: (sentAt) => {
        // One that was under way at the kill may still be answered.
        if (sentAt > killedAt && acceptsAgainMs === null) {
          acceptsAgainMs = performance.now() - killedAt;
        }
      },
    }),
    killing,
  ]);
  return {
    sent: notifications.length,
    acknowledged: posted.accepted.length,
    ...(await countBooks(site, posted.accepted)),
    acceptsAgainMs,
    tellsAgainMs,
  };
}

/** A subscriber that comes back as soon as it can, and hears of a payment. */
async function comesBack({ graphqlUrl, signal }: Site, killedAt: number): Promise<number> {
  const heardOf = async (): Promise<boolean> => {
    const till = await subscribe(graphqlUrl, TOKEN);
    try {
      const endsAt = performance.now() + 2_000;
      while (till.heardAt.size === 0 && performance.now() < endsAt) await pause(lookEveryMs);
      return till.heardAt.size > 0;
    } finally {
      till.close();
    }
  };
  await pause(lookEveryMs); // what was killed is gone by then
  await untilTrue(() => heardOf().catch(() => false), {
    fact: 'payments are heard of again',
    lookEveryMs,
    signal,
  });
  return performance.now() - killedAt;
}

/** Every acknowledged payment must be on record, told of once; waits until all is worked off. */
async function countBooks(
  { databaseUrl, signal }: Site,
  acknowledged: readonly string[],
): Promise<Pick<Killed, 'lost' | 'doubled'>> {
  const look = await openLook(databaseUrl);
  try {
    await untilTrue(
      async () =>
        (await look.count(`select count(*) from notifications where status = 'RECEIVED'`)) === 0,
      { fact: 'nothing waits in the inbox', lookEveryMs: 100, signal },
    );
    const told = `select t.alipay_trans_id, count(e.id) as events from transactions t
      left join transaction_events e on e.transaction_id = t.id and e.type = 'PAYMENT_RECEIVED'
      group by t.id`;
    return {
      lost: await look.count(
        `select count(*) from unnest($1::text[]) as trade_no
         where not exists (select from (${told}) told where told.alipay_trans_id = trade_no and events = 1)`,
        [acknowledged],
      ),
      doubled: await look.count(`select count(*) from (${told}) told where events > 1`),
    };
  } finally {
    await look.close();
  }
}
