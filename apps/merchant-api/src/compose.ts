import { setTimeout as sleep } from 'node:timers/promises';

import { createAlipayClient } from '@countersign/alipay-services';
import { createStatementServer } from '@countersign/alipay-services/sftp';
import {
  addRateCounts,
  askAgainNow,
  type Clock,
  createNotificationInbox,
  type Domain,
  type DomainLog,
  forgetRateCounts,
  noticeRestoration,
  openDatabase,
  recordGatewayCall,
  type StatementFolder,
} from '@countersign/merchant-domain';
import { uuidv7 } from 'uuidv7';

import { createDoor } from './access/door';
import { openAccess } from './access/open-access';
import { createAlipayWatch } from './alipay-watch';
import { type Config } from './config';
import { isAtLoopback } from './config/gateway-trust';
import { listenToNudges, type NudgesHeard } from './events/event-listener';
import { type LiveEvents, openLiveEvents } from './events/live-events';
import { openRedisNudges } from './events/redis-nudges';
import { readExampleOperations } from './explorer/example-operations';
import { openApollo } from './graphql/apollo';
import { buildApiSchema } from './graphql/build-schema';
import { type ContextFor, createContext } from './graphql/context';
import { createErrorFormatter } from './graphql/format-error';
import { createCheckOperation } from './graphql/limits/check-operation';
import { createPrepareOperation } from './graphql/prepare-operation';
import { createAddressOf } from './http/client-address';
import { createCrossOrigin } from './http/cross-origin';
import { createEventStreams } from './http/event-stream.route';
import { createSharedPayloads } from './graphql/shared-payloads';
import { createSubscribeTogether } from './graphql/subscribe-together';
import { createGraphqlSocket } from './http/graphql-socket';
import { transportSecurity } from './http/security-headers';
import { createHealth } from './http/health';
import { GRAPHQL_PATH, openHttpServer, type Routes } from './http-server';
import { createIntakeWatch, type IntakeWatch } from './intake-watch';
import { fewLines } from './limits/few-lines';
import { createRequestCounts } from './limits/request-counts';
import { createLog } from './log';
import { createMetrics } from './metrics/metrics';
import { NOTIFICATION_PATH } from './notifications/notification.route';
import { createShutdown, type Shutdown } from './shutdown';
import { startBooksWatch } from './workers/books-watch';
import { startReconcileWorker } from './workers/reconcile.worker';
import { startInboxWorker } from './workers/inbox.worker';
import { startSettlePendingWorker } from './workers/settle-pending.worker';

export interface MerchantApi {
  readonly url: string;
  readonly port: number;
  readonly graphqlUrl: string;
  /** A backup was read back under this process: it should end, and be started again. */
  readonly booksReplaced: Promise<void>;
  /** Finishes what is under way, within a deadline, and lets go of everything. */
  close(): Promise<void>;
}

/** On top of the longest call to Alipay that may be under way. */
const shutdownGraceMs = 5_000;

/** Builds the whole API, in order, and starts it. What was opened is closed again if a step fails. */
export async function startMerchantApi(
  config: Config,
  log: DomainLog = createLog(config.logLevel),
  clock: Clock = { now: () => new Date(), newId: uuidv7 },
): Promise<MerchantApi> {
  const { drainMs, gateway } = config;
  const shutdown = createShutdown(drainMs + gateway.timeoutMs + shutdownGraceMs, log);
  try {
    return await start(config, log, clock, shutdown);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function start(
  config: Config,
  log: DomainLog,
  clock: Clock,
  shutdown: Shutdown,
): Promise<MerchantApi> {
  const { gateway, role } = config;

  const { redisUrl } = config;
  const redis = redisUrl === undefined ? undefined : await openRedisNudges(redisUrl, log);
  if (redis !== undefined) shutdown.push('Redis', () => redis.close());

  const database = await openDatabase({
    url: config.databaseUrl,
    migrate: true,
    // A worker answers nobody: all that it reads decides.
    replicaUrls: role === 'worker' ? [] : config.replicaUrls,
    ...(redis === undefined ? {} : { publishNudges: redis.publish }),
    log,
  });
  shutdown.push('database', () => database.close());

  const metrics = createMetrics({ database, clock, log });
  // Known once there is a client to ask with, and a domain to ask for.
  let askPending: () => void = () => undefined;
  const watch = createAlipayWatch(clock, log, () => {
    askPending();
  });
  const record = recordGatewayCall(database, { newId: clock.newId, log });
  const alipay = createAlipayClient({
    gatewayUrl: gateway.url,
    backupGatewayUrl: gateway.backupUrl,
    partnerId: gateway.partnerId,
    ...gateway.keys,
    byService: gateway.keysByService,
    now: clock.now,
    timeoutMs: gateway.timeoutMs,
    signal: shutdown.deadline,
    onCall: (report) => {
      watch.heard(report);
      metrics.callEnded(report);
      return record(report);
    },
  });
  shutdown.push('Alipay', () => alipay.close());

  // Known for certain once the server listens; nothing is created at Alipay before that.
  let publicUrl = config.publicUrl;
  const domain: Domain = {
    ...clock,
    database,
    alipay,
    log,
    notifyUrl: (token) => `${publicUrl ?? ''}${NOTIFICATION_PATH}/${token}`,
    sellerIds: gateway.sellerIds,
    gatewayTimeoutMs: gateway.timeoutMs,
    ...(gateway.notifySignType === undefined ? {} : { notifySignType: gateway.notifySignType }),
  };

  askPending = () => {
    askAgainNow(domain).then(
      (count) => {
        if (count > 0) log.info('Alipay is back: what waits is asked about now', { count });
      },
      (error: unknown) => {
        log.error('what waits could not be hurried', { error });
      },
    );
  };
  await noticeRestoration(domain);
  let replaced: () => void = () => undefined;
  const booksReplaced = new Promise<void>((resolve) => {
    replaced = resolve;
  });
  const booksWatch = await startBooksWatch(database, log, replaced);

  const statementFiles =
    config.statementServer === null ? undefined : createStatementServer(config.statementServer);

  const background: { stop(): Promise<void> }[] = [booksWatch];
  const workers: { stop(): Promise<void> }[] = [];
  const stopWorkers = () => Promise.all(workers.map((worker) => worker.stop()));
  shutdown.push('background work', () =>
    Promise.all([stopWorkers(), ...background.map((work) => work.stop())]),
  );

  const live = role === 'worker' ? undefined : await openLiveEvents(database, clock, log);
  if (live !== undefined) shutdown.push('live events', () => live.close());

  const intake = createIntakeWatch(clock);
  const health = createHealth({
    database,
    clock,
    alipay: watch.state,
    intake,
    isStopping: () => shutdown.isRunning(),
    log,
  });
  const api =
    live && (await openApi(config, { domain, clock, live, intake, statementFiles, log, shutdown }));
  const server = await openHttpServer(
    api === undefined ? { health, metrics } : { health, metrics, api },
    {
      host: config.host,
      port: config.port,
      connectionsMax: config.exposure.limits.connectionsMax,
      transportSecurity: transportSecurity(config.publicUrl),
      log,
      newId: clock.newId,
    },
  );
  shutdown.push('HTTP server', () => server.close(shutdown.deadline));
  shutdown.push('drain', async () => {
    server.drain();
    void stopWorkers(); // they take nothing new from now on; their end is waited for further down
    if (role !== 'worker') await sleep(config.drainMs, undefined, { signal: shutdown.deadline });
  });
  const url = `http://${hostInUrl(config.host)}:${server.port}`;
  publicUrl ??= url;
  if (isAtLoopback(publicUrl) && !isAtLoopback(gateway.url)) {
    log.warn('Alipay is told to notify an address of this machine only: set PUBLIC_URL', {
      publicUrl,
    });
  }

  const inboxWorker = role === 'api' ? undefined : startInboxWorker(domain, log);
  if (inboxWorker !== undefined) {
    workers.push(inboxWorker, startSettlePendingWorker(domain, log));
    if (statementFiles !== undefined) {
      workers.push(startReconcileWorker(domain, statementFiles, log));
    }
  }
  const probe = watch.start(alipay);
  background.push(probe);
  const heard: NudgesHeard = {
    hear: (nudge) => {
      live?.hear(nudge);
      if (nudge === 'inbox') inboxWorker?.nudge();
    },
    connected: (awayMs) => {
      live?.missed(awayMs);
      inboxWorker?.nudge();
    },
  };
  const listener =
    redis?.listen(heard) ?? listenToNudges({ databaseUrl: config.databaseUrl, log, ...heard });
  background.push({ stop: () => listener.close() });

  await probe.asked;
  log.info('ready', { url, role });
  return {
    url,
    port: server.port,
    graphqlUrl: `${url}${GRAPHQL_PATH}`,
    booksReplaced,
    close: () => shutdown.run(),
  };
}

/** The part that answers callers and Alipay. */
async function openApi(
  config: Config,
  parts: {
    readonly domain: Domain;
    readonly clock: Clock;
    readonly live: LiveEvents;
    readonly intake: IntakeWatch;
    readonly statementFiles: StatementFolder | undefined;
    readonly log: DomainLog;
    readonly shutdown: Shutdown;
  },
): Promise<NonNullable<Routes['api']>> {
  const { domain, clock, live, intake, statementFiles, log, shutdown } = parts;
  const { database } = domain;
  const { notifyVerifier } = config.gateway;

  const inbox = createNotificationInbox(database, clock);
  shutdown.push('inbox', () => inbox.close());

  const schema = buildApiSchema({ domain, notifyVerifier, statementFiles });
  const authenticator = await openAccess(config, { database, clock, log });
  shutdown.push('access', () => authenticator.close());
  const { corsOrigins, trustedProxies, limits } = config.exposure;
  const counts = createRequestCounts({
    clock,
    log,
    share: (window, rates) => addRateCounts(database, window, rates),
    forget: (before) => forgetRateCounts(database, before),
  });
  shutdown.push('request counts', () => counts.close());
  const addressOf = createAddressOf(trustedProxies);
  const door = createDoor({ authenticator, counts, addressOf, limits });
  const crossOrigin = createCrossOrigin(corsOrigins, config.publicUrl);
  const formatError = createErrorFormatter({ log, newId: clock.newId });
  const { operationTimeoutMs } = config;
  const contextFor: ContextFor = (caller, gone) =>
    createContext({ database, live, operationTimeoutMs }, caller, gone);

  const check = createCheckOperation(schema);
  const prepare = createPrepareOperation(schema, check);
  const subscribe = createSubscribeTogether();
  const payloadOf = createSharedPayloads(formatError);
  const lasting = { prepare, subscribe, payloadOf, door, contextFor, log };
  const apollo = await openApollo({ schema, check, formatError, log });
  shutdown.push('Apollo', () => apollo.stop());

  return {
    graphql: { apollo, door, contextFor },
    streams: createEventStreams(lasting),
    socket: createGraphqlSocket({ ...lasting, formatError, crossOrigin }),
    explorer: { demoToken: config.demoToken, operations: readExampleOperations() },
    notifications: {
      database,
      clock,
      inbox: intake.watch(inbox),
      verifier: notifyVerifier,
      log,
      warnOfRefusal: fewLines(log),
    },
    statements: { domain, door },
    exports: { database, door },
    crossOrigin,
  };
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
