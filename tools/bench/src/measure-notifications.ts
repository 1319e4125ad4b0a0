import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type PostgresServer, startThrowawayPostgres } from '@countersign/postgres';

import { type NotificationsOptions } from './command-line';
import { type Contestant, type Rounds } from './contestants';
import { describeMachine, type Machine } from './describe-machine';
import { interleave, type Lane } from './interleave';
import { makeKeys } from './make-keys';
import { type Flushes, measureFlushes } from './measure-flushes';
import { postSteadily } from './post-notifications';
import { runRound } from './run-round';
import {
  createNotificationPress,
  type NotificationPress,
  type SignedNotification,
} from './sign-notifications';
import { inOrder, percentile } from './statistics';
import {
  PARTNER_ID,
  startBareLoop,
  startGatewayStub,
  startMerchantApi,
  startTypicalStack,
  type Subject,
  type Surroundings,
} from './subject';

export interface NotificationsResult {
  readonly options: NotificationsOptions;
  readonly machine: Machine;
  readonly noise: Rounds;
  readonly manyConnections: Rounds;
  readonly oneConnection: Rounds;
  readonly flushes: Readonly<Record<'bare' | 'route', Flushes>>;
  readonly eventDelay: EventDelay;
}

export interface EventDelay {
  readonly payments: number;
  readonly refused: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How the servers of operators run, not those of tests: a commit is on the disk. */
export const DURABLE = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  max_wal_senders: '10',
};

/** Each is a signed call to the gateway and a block of its own: a few tell enough. */
const ASKING_MAX = 1_500;
const DELAY_PAYMENTS_MAX = 5_000;

/** The whole benchmark, on servers and processes of its own that are gone at its end. */
export async function measureNotifications(
  options: NotificationsOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<NotificationsResult> {
  const opened: (() => Promise<void> | void)[] = [];
  const open = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    opened.push(() => started.close());
    return started;
  };
  try {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    opened.push(() => {
      rmSync(folder, { recursive: true });
    });
    tell('starting PostgreSQL, the bare loop and the API …');
    const server = await open(startThrowawayPostgres(DURABLE));
    const keys = makeKeys(options.signType);
    const surroundings: Surroundings = { server, keys, folder, logLevel: options.logLevel };
    const gateway = await open(startGatewayStub(surroundings));
    const subjects = {
      bare: await open(startBareLoop(surroundings, 'together')),
      bareAlone: await open(startBareLoop(surroundings, 'alone')),
      ...(options.signType === 'MD5'
        ? {}
        : { typical: await open(startTypicalStack(surroundings)) }),
      route: await open(startMerchantApi(surroundings, 'api', gateway.url)),
      whole: await open(startMerchantApi(surroundings, 'all', gateway.url)),
    };
    const press = { signer: keys.alipaySigner, sellerId: PARTNER_ID };
    return await measure(options, {
      server,
      subjects,
      told: createNotificationPress({ ...press, tellsWallet: true }),
      toldAgain: createNotificationPress({ ...press, tellsWallet: true }),
      untold: createNotificationPress({ ...press, tellsWallet: false }),
      signal,
      tell,
    });
  } finally {
    for (const close of opened.reverse()) await close();
  }
}

interface Arena {
  readonly server: PostgresServer;
  readonly subjects: Readonly<Record<'bare' | 'bareAlone' | 'route' | 'whole', Subject>> & {
    /** Not with MD5, which the SDK does not know. */
    readonly typical?: Subject;
  };
  readonly told: NotificationPress;
  readonly toldAgain: NotificationPress;
  readonly untold: NotificationPress;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

async function measure(
  options: NotificationsOptions,
  { server, subjects, told, toldAgain, untold, signal, tell }: Arena,
): Promise<NotificationsResult> {
  const { rounds, seconds, connections } = options;
  const machine = await describeMachine(server.url);
  const lane = (name: Contestant, subject: Subject, press = told): Lane => ({
    name,
    subject,
    press,
  });
  const how = { seconds, postgresPid: server.pid, signal, tell };

  const noise = await interleave(
    [lane('bare', subjects.bare), lane('bareAgain', subjects.bare, toldAgain)],
    {
      ...how,
      title: 'noise',
      rounds: Math.min(rounds, 2),
      connections,
    },
  );
  const manyConnections = await interleave(
    [
      lane('bare', subjects.bare),
      lane('bareAlone', subjects.bareAlone),
      ...(subjects.typical === undefined ? [] : [lane('typical', subjects.typical)]),
      lane('route', subjects.route),
      lane('whole', subjects.whole),
      { ...lane('wholeAsking', subjects.whole, untold), notificationsMax: ASKING_MAX },
    ],
    { ...how, title: `${connections} connections`, rounds, connections },
  );
  const oneConnection = await interleave(
    [
      lane('bareAlone', subjects.bareAlone),
      lane('route', subjects.route),
      lane('whole', subjects.whole),
    ],
    { ...how, title: '1 connection', rounds, connections: 1 },
  );
  tell('flushes to the disk …');
  const look = { serverUrl: server.url, connections, signal };
  const flushes = {
    bare: await measureFlushes(subjects.bare, told, look),
    route: await measureFlushes(subjects.route, told, look),
  };
  const count = Math.min(options.rate * seconds * rounds, DELAY_PAYMENTS_MAX);
  tell(`events of ${count} payments, ${options.rate} a second …`);
  const eventDelay = await measureEventDelay(subjects.whole, {
    notifications: await untold.print(count),
    perSecond: options.rate,
    connections,
    postgresPid: server.pid,
    signal,
  });
  signal.throwIfAborted();
  return { options, machine, noise, manyConnections, oneConnection, flushes, eventDelay };
}

/** From the post, as Alipay makes it, to the message at a subscriber, by one clock. */
async function measureEventDelay(
  subject: Subject,
  how: {
    readonly notifications: readonly SignedNotification[];
    readonly perSecond: number;
    readonly connections: number;
    readonly postgresPid: number;
    readonly signal: AbortSignal;
  },
): Promise<EventDelay> {
  const sentAt = new Map<string, number>();
  const round = await runRound(subject, how, () =>
    postSteadily({
      ...how,
      url: subject.notifyUrl,
      onSend: ({ tradeNo }, at) => sentAt.set(tradeNo, at),
    }),
  );
  const heardAt = subject.subscriber?.heardAt ?? new Map<string, number>();
  const delays = inOrder(
    [...heardAt].map(([tradeNo, at]) => at - (sentAt.get(tradeNo) ?? Number.NaN)),
  );
  return {
    payments: round.accepted,
    refused: round.refused,
    perSecond: how.perSecond,
    p50Ms: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    maxMs: percentile(delays, 1),
  };
}
