import { type GatewaySimulator, startGatewaySimulator } from '@countersign/gateway-simulator';
import { type LeakWatch, openLeakWatch } from '@countersign/postgres';
import { Client } from 'pg';

import { createGraphqlClient } from './graphql-client';
import { GATEWAY_KEYS, KEY_MATERIAL, PARTNER_ID, TOKEN } from './keys';
import { type Counter, createMerchant, type Merchant } from './merchant';
import { makeReplica, type Replica, type ReplicaOptions } from './replica';
import { type Load, startLoad } from './replicas-load';
import { openReplicasProxy, type ReplicasProxy } from './replicas-proxy';
import { openTill, type Till } from './replicas-till';
import { createSimulatorControl, type SimulatorControl } from './simulator-control';
import { waitFor } from './wait-for';

/** Two replicas of the API and two workers, on one database, behind one address, in a shop at work. */
export interface ReplicasSite {
  readonly apis: readonly Replica[];
  readonly workers: readonly Replica[];
  readonly proxy: ReplicasProxy;
  readonly gateway: SimulatorControl;
  readonly merchant: Merchant;
  readonly counters: readonly Counter[];
  /** The first payment, which every till had seen before it was opened. */
  readonly first: { readonly tradeNo: string; readonly cursor: string };
  readonly tills: readonly Till[];
  readonly rows: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;
  startLoad(): Load;
  /** Resolves when the proxy sends requests to both replicas of the API. */
  bothReady(): Promise<void>;
  close(): Promise<void>;
}

export interface ReplicasSiteOptions {
  /** How the replicas reach the database. */
  readonly databaseUrl: string;
  /** How the test does; the same by default. */
  readonly booksUrl?: () => string;
  readonly where: readonly [ReplicaOptions['where'], ReplicaOptions['where']];
  readonly tillsOfEachKind?: number;
}

/** A message that was not acknowledged is sent again after half a second. */
const TIME_SCALE = 240;

export async function openReplicasSite(options: ReplicasSiteOptions): Promise<ReplicasSite> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closeIt of opened.reverse()) await closeIt();
  };
  try {
    return await build(options, opened, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  { databaseUrl, booksUrl = () => databaseUrl, where, tillsOfEachKind = 1 }: ReplicasSiteOptions,
  opened: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<ReplicasSite> {
  const watch = openLeakWatch();
  opened.push(() => endWatch(watch));
  const simulator: GatewaySimulator = await startGatewaySimulator({
    ...{ partnerId: PARTNER_ID, ...GATEWAY_KEYS, timeScale: TIME_SCALE },
  });
  opened.push(() => simulator.close());
  const proxy = await openReplicasProxy();
  opened.push(() => proxy.close());

  const env = {
    DATABASE_URL: databaseUrl,
    ALIPAY_GATEWAY_URL: simulator.gatewayUrl,
    PUBLIC_URL: proxy.url,
  };
  const make = (role: Replica['role']): Promise<Replica[]> =>
    Promise.all(where.map((place) => makeReplica({ role, where: place, env, watch })));
  const [apis, workers] = [await make('api'), await make('worker')];
  const replicas = [...apis, ...workers];
  opened.push(() => Promise.all(replicas.map((replica) => replica.stop())));
  await Promise.all(replicas.map((replica) => replica.start()));
  for (const { port } of apis) proxy.add(port);

  const bothReady = async (): Promise<void> => {
    await waitFor('both replicas', () => proxy.ready().length === apis.length);
  };
  await bothReady();
  const gateway = createSimulatorControl(() => simulator.controlUrl);
  const merchant = createMerchant(createGraphqlClient(() => `${proxy.url}/graphql`, TOKEN));
  const counters = [await merchant.openCounter(), await merchant.openCounter()];
  const codes = counters.map(({ qrCode }) => qrCode.code ?? '');
  const first = await firstPayment(gateway, merchant, codes[0] ?? '');

  const tills = Array.from({ length: tillsOfEachKind }, () =>
    [undefined, counters[1]?.store.id].flatMap((storeId) => {
      const at = { after: first.cursor, ...(storeId === undefined ? {} : { storeId }) };
      return [openTill(proxy.url, 'WebSocket', at), openTill(proxy.url, 'server-sent events', at)];
    }),
  ).flat();
  opened.push(() => Promise.all(tills.map((till) => till.close())));

  return {
    ...{ apis, workers, proxy, gateway, merchant, counters, first, tills, bothReady, close },
    rows: async (text, values = []) => {
      const client = new Client({ connectionString: booksUrl() });
      await client.connect();
      try {
        return (await client.query<never>(text, values)).rows;
      } finally {
        await client.end();
      }
    },
    startLoad: () => {
      const load = startLoad({ gateway, merchant, codes });
      opened.push(() => load.stop().catch(() => undefined)); // told to whoever has stopped it
      return load;
    },
  };
}

async function firstPayment(
  gateway: SimulatorControl,
  merchant: Merchant,
  qrcode: string,
): Promise<ReplicasSite['first']> {
  const trade = await gateway.pay({ qrcode, amount: '12.50' });
  const { id } = await merchant.transactionOf(trade);
  const [event] = await merchant.timeline(id);
  return { tradeNo: trade.trade_no, cursor: event?.cursor ?? '' };
}

function endWatch(watch: LeakWatch): Promise<void> {
  const leaks = watch.leaks({ 'a key': KEY_MATERIAL, "the demo's token": [TOKEN] });
  watch.close();
  if (leaks.length > 0) throw new Error(`Secrets have left:\n${leaks.join('\n')}`);
  return Promise.resolve();
}
