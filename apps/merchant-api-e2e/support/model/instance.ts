import { createAlipayClient } from '@countersign/alipay-services';
import { createLog, readConfig, startMerchantApi } from '@countersign/merchant-api';
import {
  askPayingWallets,
  type Clock,
  confirmQuarantined,
  type Domain,
  type DomainLog,
  openDatabase,
  processNotifications,
  recordGatewayCall,
  settlePendingCancels,
  settlePendingQrCodes,
  settlePendingRefunds,
} from '@countersign/merchant-domain';
import { openLeakWatch } from '@countersign/postgres';

import { assertNoLeaks, secretsOf } from '../secrets';
import { openPipe } from './pipe';
import { sharedTurn } from './shared-turn';

/** One process of the product, as far as the outside can tell: it answers, it works, it can die. */
export interface Instance {
  readonly port: number;
  /** One turn of each of the workers, as their loops take it. */
  turn(): Promise<void>;
  /** Only what was received and not yet read. */
  readInbox(): Promise<void>;
  /** Cuts its connections to the database, and lets none through for a while. */
  sever(awayMs: number): Promise<void>;
  /** By how much its clock is ahead of the machine's; one in this process has the test's own. */
  setClock(aheadMs: number): void;
  /** While false, the gateway cannot be reached from here. */
  reachGateway(reaches: boolean): void;
  /** All of its connections end in the same moment, and nothing of it reaches anybody any more. */
  kill(): void;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** What a dead one still holds in this process. */
  bury(): Promise<void>;
}

export interface InstanceOptions {
  readonly databaseUrl: string;
  readonly gatewayUrl: string;
  readonly publicUrl: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: DomainLog;
  readonly clock: Clock;
}

const BATCH_MAX = 100;
const SETTLE_MAX = 20;

const OPEN_WORK = [
  settlePendingRefunds,
  settlePendingCancels,
  settlePendingQrCodes,
  askPayingWallets,
] as const;

/**
 * The API over real HTTP, and beside it the work of its background, whose turns a test takes. Its end
 * fails when a secret stands in anything that it has logged or answered.
 */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { clock, publicUrl } = options;
  let isKilled = false;
  const watch = openLeakWatch();
  const printed = createLog('info', { write: watch.printed });
  const log = asLongAs(() => !isKilled, [options.log, printed]);
  const databasePipe = await openPipe(() => portOf(options.databaseUrl));
  const gatewayPipe = await openPipe(() => portOf(options.gatewayUrl));
  const config = readConfig({
    ...options.env,
    DATABASE_URL: databasePipe.through(options.databaseUrl),
    ALIPAY_GATEWAY_URL: gatewayPipe.through(options.gatewayUrl),
    PUBLIC_URL: publicUrl,
    PORT: '0',
    ROLE: 'api',
  });
  const api = await startMerchantApi(config, log, clock);
  watch.watchServer(api.port);
  const database = await openDatabase({ url: config.databaseUrl }).catch(async (error: unknown) => {
    await api.close();
    throw error;
  });
  const { gateway } = config;
  const alipay = createAlipayClient({
    gatewayUrl: gateway.url,
    partnerId: gateway.partnerId,
    ...gateway.keys,
    byService: gateway.keysByService,
    now: clock.now,
    timeoutMs: gateway.timeoutMs,
    onCall: recordGatewayCall(database, { newId: clock.newId, log }),
  });
  const domain: Domain = {
    ...clock,
    database,
    alipay,
    log,
    notifyUrl: (token) => `${publicUrl}/alipay/notifications/${token}`,
    sellerIds: gateway.sellerIds,
    gatewayTimeoutMs: gateway.timeoutMs,
  };
  const letGo = async (): Promise<void> => {
    // Who comes to its port from now on comes to somebody else; what was let in is still watched.
    watch.close();
    await Promise.allSettled([api.close(), database.close(), alipay.close()]);
    await Promise.all([databasePipe.close(), gatewayPipe.close()]);
  };
  const readInbox = sharedTurn(async () => {
    await processNotifications(domain, { limit: BATCH_MAX });
  });
  let buried: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await (buried ??= letGo());
    assertNoLeaks(watch.leaks(await secretsOf(options.databaseUrl)));
  };

  return {
    port: api.port,
    readInbox,
    turn: sharedTurn(async () => {
      await readInbox();
      await Promise.all([
        confirmQuarantined(domain, { limit: SETTLE_MAX }),
        ...OPEN_WORK.map((settle) => settle(domain, { limit: SETTLE_MAX })),
      ]);
    }),
    sever: async (awayMs) => {
      databasePipe.setOpen(false);
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      databasePipe.setOpen(buried === undefined);
    },
    setClock: () => undefined,
    reachGateway: (reaches) => {
      gatewayPipe.setOpen(reaches && buried === undefined);
    },
    kill: () => {
      isKilled = true;
      databasePipe.setOpen(false);
      gatewayPipe.setOpen(false);
      buried ??= letGo();
    },
    stop: end,
    bury: end,
  };
}

/** A process that was killed says nothing any more; what is let go of here is only its remains. */
function asLongAs(isAlive: () => boolean, logs: readonly DomainLog[]): DomainLog {
  const say =
    (level: keyof DomainLog): DomainLog['info'] =>
    (fact, ids) => {
      if (isAlive()) for (const log of logs) log[level](fact, ids);
    };
  return { info: say('info'), warn: say('warn'), error: say('error') };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
