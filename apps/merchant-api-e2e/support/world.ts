import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { SignType } from '@countersign/alipay-protocol';
import {
  type GatewaySimulator,
  type SimulatorOptions,
  startGatewaySimulator,
} from '@countersign/gateway-simulator';
import {
  createLog,
  type MerchantApi,
  readConfig,
  startMerchantApi,
} from '@countersign/merchant-api';
import { type DomainLog } from '@countersign/merchant-domain';
import { createTestDatabase, findFreePort, openLeakWatch } from '@countersign/postgres';
import { uuidv7 } from 'uuidv7';

import { type EventStream, openEventStream } from './event-stream';
import {
  createGraphqlClient,
  type GraphqlClient,
  type Operation,
  type Variables,
} from './graphql-client';
import { GATEWAY_KEYS, merchantEnvironment, PARTNER_ID, TOKEN } from './keys';
import { createMerchant, type Merchant } from './merchant';
import { migrate } from './migrate';
import { assertNoLeaks, secretsOf } from './secrets';
import { createSimulatorControl, type SimulatorControl } from './simulator-control';

export interface WorldOptions {
  readonly signType?: SignType;
  /** On top of what the API is configured with here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly simulator?: Partial<SimulatorOptions>;
  /** `on disk`: the gateway's books outlive a stop of the gateway, and every entry waits for the disk. */
  readonly books?: 'in memory' | 'on disk';
  /** `apart`: the API answers only, and a worker of its own is started when a test wants it. */
  readonly worker?: 'with the API' | 'apart';
  /** How the API and its worker reach the database, and the gateway: through a proxy of the test. */
  readonly through?: {
    readonly database?: (url: string) => string | Promise<string>;
    readonly gateway?: (url: string) => string | Promise<string>;
  };
  /** The API's time; the real one by default. */
  readonly now?: () => Date;
}

/**
 * A database, the gateway, the API, and somebody who uses them. The end of a world fails when a secret
 * stands in anything that the API or its worker has logged or answered.
 */
export interface World extends GraphqlClient {
  readonly merchant: Merchant;
  readonly gateway: SimulatorControl;
  /** Where the API listens; it keeps its port when it is started again. */
  readonly apiUrl: string;
  readonly databaseUrl: string;
  readonly gatewayUrl: string;
  /** How the API is told of the gateway's file server; empty when there is none. */
  readonly statementServer: Readonly<Record<string, string>>;
  /** What the API and the worker have logged. */
  readonly logged: readonly { level: string; fact: string; ids: Record<string, unknown> }[];
  subscribe<Data>(
    operation: Operation<Data>,
    variables?: Variables,
    authorization?: string | null,
  ): Promise<EventStream<Data>>;
  startApi(env?: Readonly<Record<string, string>>): Promise<void>;
  stopApi(): Promise<void>;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  startGateway(): Promise<void>;
  stopGateway(): Promise<void>;
  close(): Promise<void>;
}

/** Long enough for an answer of this machine, short enough for a table of silences. */
const GATEWAY_TIMEOUT_MS = '1000';

const worlds = new Set<World>();

/** The worlds that a test has started and not ended yet. */
export function runningWorlds(): readonly World[] {
  return [...worlds];
}

/** Ends every world that a test has started, the last first; call it after each. */
export async function endWorlds(): Promise<void> {
  for (const world of [...worlds].reverse()) await world.close();
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { signType = 'RSA2', worker = 'with the API' } = options;
  const database = await createTestDatabase(migrate);
  const booksFolder =
    options.books === 'on disk' ? mkdtempSync(join(tmpdir(), 'countersign-books-')) : undefined;
  const gatewayPort = await findFreePort();
  const logged: { level: string; fact: string; ids: Record<string, unknown> }[] = [];
  const watch = openLeakWatch();
  const log = createMemoryLog(logged, createLog('info', { write: watch.printed }));

  let gateway: GatewaySimulator | undefined;
  let api: MerchantApi | undefined;
  let workerProcess: MerchantApi | undefined;
  let apiPort = 0;
  let apiEnv: Readonly<Record<string, string>> = options.env ?? {};
  const streams: EventStream<unknown>[] = [];
  const apiUrl = (): string => `http://127.0.0.1:${apiPort}`;
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}/gateway.do`;
  const { through } = options;
  const databaseUrlOfApi = (await through?.database?.(database.url)) ?? database.url;
  const gatewayUrlOfApi = (await through?.gateway?.(gatewayUrl)) ?? gatewayUrl;
  const clock = { now: options.now ?? ((): Date => new Date()), newId: uuidv7 };
  const environment = (env: Readonly<Record<string, string>>): Record<string, string> => ({
    DATABASE_URL: databaseUrlOfApi,
    ALIPAY_GATEWAY_URL: gatewayUrlOfApi,
    GATEWAY_TIMEOUT_MS,
    AUTH_DEMO_TOKEN: TOKEN,
    ROLE: worker === 'apart' ? 'api' : 'all',
    ...merchantEnvironment(signType),
    ...statementServer(gateway, options.simulator?.sftp?.password),
    ...env,
  });
  const client = createGraphqlClient(() => `${apiUrl()}/graphql`, TOKEN);

  const world: World = {
    ...client,
    merchant: createMerchant(client),
    gateway: createSimulatorControl(() => `http://127.0.0.1:${gatewayPort}/control`),
    get apiUrl() {
      return apiUrl();
    },
    databaseUrl: database.url,
    gatewayUrl,
    get statementServer() {
      return statementServer(gateway, options.simulator?.sftp?.password);
    },
    logged,
    subscribe: async (operation, variables = {}, authorization = `Bearer ${TOKEN}`) => {
      const stream = await openEventStream(`ws://127.0.0.1:${apiPort}/graphql`, operation, {
        variables,
        authorization: authorization ?? undefined,
      });
      streams.push(stream);
      return stream;
    },
    startApi: async (env = apiEnv) => {
      apiEnv = env;
      const config = readConfig(environment({ PORT: `${apiPort}`, ...env }));
      api = await startMerchantApi(config, log, clock);
      apiPort = api.port;
      watch.watchServer(apiPort);
    },
    stopApi: async () => {
      await api?.close();
      api = undefined;
    },
    startWorker: async () => {
      const env = { ...apiEnv, ROLE: 'worker', PORT: '0', PUBLIC_URL: apiUrl() };
      workerProcess = await startMerchantApi(readConfig(environment(env)), log, clock);
    },
    stopWorker: async () => {
      await workerProcess?.close();
      workerProcess = undefined;
    },
    startGateway: async () => {
      gateway = await startGatewaySimulator({
        partnerId: PARTNER_ID,
        ...GATEWAY_KEYS,
        port: gatewayPort,
        ...(booksFolder === undefined ? {} : { booksFile: join(booksFolder, 'books.jsonl') }),
        ...options.simulator,
      });
    },
    stopGateway: async () => {
      await gateway?.close();
      gateway = undefined;
    },
    close: async () => {
      worlds.delete(world);
      for (const stream of streams) stream.cut();
      await Promise.all([world.stopWorker(), world.stopApi()]);
      await world.stopGateway();
      const leaks = watch.leaks({
        ...(await secretsOf(database.url)),
        'the password of the file server': [options.simulator?.sftp?.password ?? ''],
      });
      watch.close();
      await database.drop();
      if (booksFolder !== undefined) rmSync(booksFolder, { recursive: true, force: true });
      assertNoLeaks(leaks);
    },
  };
  worlds.add(world);
  await world.startGateway();
  await world.startApi();
  return world;
}

/** Where statements are fetched, when the simulator was told to serve them. */
function statementServer(
  gateway: GatewaySimulator | undefined,
  password: string | undefined,
): Record<string, string> {
  if (!gateway?.sftp || password === undefined) return {};
  return {
    ALIPAY_SFTP_URL: gateway.sftp.url,
    ALIPAY_SFTP_PASSWORD: password,
    ALIPAY_SFTP_HOST_KEY: gateway.sftp.hostKey,
  };
}

function createMemoryLog(
  lines: { level: string; fact: string; ids: Record<string, unknown> }[],
  printed: DomainLog,
): DomainLog {
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (fact: string, ids: Record<string, unknown> = {}): void => {
      lines.push({ level, fact, ids });
      printed[level](fact, ids);
      if (process.env['E2E_LOG'] !== undefined) {
        process.stderr.write(`${level} ${fact} ${JSON.stringify(ids, errorText)}\n`);
      }
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

function errorText(_name: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}
