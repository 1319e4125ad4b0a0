import 'reflect-metadata';
import pg, { Pool, type PoolClient } from 'pg';
import { DataSource, type EntityManager, MigrationExecutor } from 'typeorm';

import { type DomainLog } from '../domain';
import { TransactionEvent } from '../event/transaction-event.entity';
import { rememberFirstWhereabouts } from '../restoration/books-whereabouts';
import { withoutAllowance } from './allowance';
import { cancellableClient } from './cancellable-client';
import { type FairPool } from './fair-pool';
import { merchantEntities, merchantMigrations } from './merchant-entities';
import { withoutReading } from './reading';
import { notifyWithCommit, nudgesOf, type PublishNudges } from './nudges';
import { followReplicas } from './replicas/follow-replicas';
import { type ReplicaReadings, type Replicas } from './replicas/replicas';
import { routingPool } from './replicas/routing-pool';
import { assertBooksComeFirst, assertWhole, readSchemaState } from './schema-state';
import {
  assertSettings,
  INGEST_SETTINGS,
  SESSION_SETTINGS,
  withSettings,
} from './session-settings';
import { surviveLosses } from './survive-losses';
import { type Tx } from './tx';
import { insertRows } from './write-rows';

/** Serializes the writing of events, so that their positions follow the order of commit. */
const EVENT_LOCK = 4_711_001;
const MIGRATION_LOCK = 4_711_002;

export interface OpenDatabase {
  readonly url: string;
  /** Bring the schema up to date first. Several processes may start together. */
  readonly migrate?: boolean;
  /** Connections for queries and use cases (8); small pools win on two cores. */
  readonly connectionsMax?: number;
  /** Connections that take notifications in, apart from all others (2). */
  readonly ingestConnectionsMax?: number;
  readonly statementTimeoutMs?: number;
  /** Standbys that readings are read from, as long as they show all that the primary does. */
  readonly replicaUrls?: readonly string[];
  /** Takes the nudges of this process, in place of PostgreSQL's NOTIFY. */
  readonly publishNudges?: PublishNudges;
  /** Hears when a replica is left out, and when it is back; and that a block was begun anew. */
  readonly log?: DomainLog;
}

export interface Clock {
  readonly now: () => Date;
  readonly newId: () => string;
}

export interface Database {
  readonly url: string;
  /** For reads; everything that decides or writes goes through `atomically`. Within a `Reading` it asks a replica. */
  readonly manager: EntityManager;
  /** Prepared statements for the notification inbox, outside TypeORM. */
  readonly ingest: Pool;
  /** Set where nudges go past PostgreSQL: what commits otherwise than by `atomically` calls it after that. */
  readonly publishNudges?: PublishNudges | undefined;
  /** Makes and checks the secret token in a notification's address. */
  readonly notificationTokenKey: Buffer;
  /**
   * One database transaction; commits when `work` resolves, and only then wakes listeners. `work` may run again:
   * PostgreSQL fails one of those who wait for each other in a ring, of whose work nothing stands.
   */
  atomically<T>(clock: Clock, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** How the replicas are doing, and what was read there; null without any. */
  readonly replicas: ReplicaReadings | null;
  /** Answers, or throws, within the statement time-out: for readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the merchant's database; with `migrate`, brings it up to date under a lock. */
export async function openDatabase(options: OpenDatabase): Promise<Database> {
  const { statementTimeoutMs = 15_000, publishNudges } = options;
  const url = withSettings(options.url, SESSION_SETTINGS);
  const session = {
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    options: SESSION_SETTINGS,
    keepAlive: true,
  };
  // One connection aside, opened when it is needed: those that are to be cancelled are taken.
  const canceller = new Pool({ ...session, connectionString: url, max: 1 });
  surviveLosses(canceller);
  let replicas: Replicas | null = null;
  const source = new DataSource({
    type: 'postgres',
    driver: { ...pg, Pool: routingPool(() => replicas?.choose() ?? Promise.resolve(null)) },
    url,
    entities: [...merchantEntities],
    migrations: [...merchantMigrations],
    migrationsTableName: 'schema_migrations',
    synchronize: false,
    logging: false,
    extra: {
      ...session,
      max: options.connectionsMax ?? 8,
      idle_in_transaction_session_timeout: 60_000,
      Client: cancellableClient(async (processId) => {
        await canceller.query('select pg_cancel_backend($1)', [processId]);
      }),
    },
  });
  await source.initialize();
  const { master } = source.driver as DataSource['driver'] & { readonly master: FairPool };
  const ingest = new Pool({
    ...session,
    options: INGEST_SETTINGS,
    connectionString: withSettings(options.url, INGEST_SETTINGS),
    max: options.ingestConnectionsMax ?? 2,
  });
  surviveLosses(ingest);
  const close = async (): Promise<void> => {
    await replicas?.close();
    // TypeORM gives back what blocks are still on, and whoever waits in line would commit their half with his own.
    master.cut();
    await Promise.all([source.destroy(), ingest.end(), canceller.end()]);
  };

  try {
    await assertSettings((text, values) => source.query(text, values));
    if (options.migrate === true) await migrate(source, statementTimeoutMs);
    const key = await readTokenKey(source);
    replicas = await followReplicas({ ...options, session, source });
    return {
      url: options.url,
      manager: source.manager,
      ingest,
      notificationTokenKey: key,
      atomically: (clock, work) =>
        onPrimary(() =>
          outOfRings(() => inOneBlock(source, clock, publishNudges, work), options.log),
        ),
      replicas,
      publishNudges,
      ping: async () => {
        await source.query('select 1');
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const DEADLOCK_DETECTED = '40P01';
/** Whoever is failed out of three rings is in no ring by chance. */
const TURNS_MAX = 3;

async function outOfRings<Result>(
  block: () => Promise<Result>,
  log: DomainLog | undefined,
): Promise<Result> {
  for (let turn = 1; ; turn += 1) {
    try {
      return await block();
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK_DETECTED || turn >= TURNS_MAX)
        throw error;
      log?.warn('a block that waited for others in a ring is begun anew', { error });
    }
  }
}

async function inOneBlock<Result>(
  source: DataSource,
  clock: Clock,
  publishNudges: PublishNudges | undefined,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  let nudges: readonly string[] = [];
  const result = await source.manager.transaction(async (manager) => {
    const tx: Tx = {
      manager,
      ...clock,
      events: [],
      changedQrCodeIds: new Set(),
      hasFilledInbox: false,
    };
    const done = await work(tx);
    await writeEvents(tx);
    nudges = nudgesOf(tx);
    if (publishNudges === undefined) await notifyWithCommit(tx, nudges);
    return done;
  });
  // Whoever heard of it before the commit would look, find nothing, and not look again.
  if (nudges.length > 0) publishNudges?.(nudges);
  return result;
}

/** A block decides and writes, and ends by its own rules, whatever it was begun within. */
function onPrimary<Result>(work: () => Result): Result {
  return withoutAllowance(() => withoutReading(work));
}

async function migrate(source: DataSource, lockTimeoutMs: number): Promise<void> {
  const runner = source.createQueryRunner();
  const connection = (await runner.connect()) as PoolClient;
  try {
    await runner.query('set statement_timeout = 0');
    await runner.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await assertBooksComeFirst(connection);
    await refuseNewerSchema(connection);
    // Work takes its time, on this connection alone; a wait does not, for all others wait behind it.
    await runner.query(`set lock_timeout = ${lockTimeoutMs}`);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'each';
    await executor.executePendingMigrations();
    await assertWhole(connection);
    await liftPositions(runner.manager);
    await rememberFirstWhereabouts(runner.manager);
  } finally {
    await runner.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await runner.query('reset statement_timeout; reset lock_timeout');
    await runner.release();
  }
}

/** An older version would write what a newer one does not expect, and know nothing of its columns. */
async function refuseNewerSchema(connection: PoolClient): Promise<void> {
  const schema = await readSchemaState(connection);
  if (schema.state !== 'AHEAD') return;
  throw new Error(
    `The database is newer than this version (which does not know ${schema.migrations.join(', ')}): ` +
      'start the version that runs on it.',
  );
}

/**
 * Logical replication carries rows, and not how far a sequence is: new events would come to stand before
 * those that everybody has heard.
 */
async function liftPositions(manager: EntityManager): Promise<void> {
  const [row]: { sequence: string }[] = await manager.query(
    `select pg_get_serial_sequence('transaction_events', 'position') as sequence`,
  );
  await manager.query(
    `select setval($1, newest)
     from (select max(position) as newest from transaction_events) as events, ${row?.sequence}
     where newest >= last_value + is_called::int`,
    [row?.sequence],
  );
}

async function readTokenKey(source: DataSource): Promise<Buffer> {
  const rows: { notification_token_key: Buffer }[] = await source.query(
    'select notification_token_key from deployment',
  );
  const row = rows[0];
  if (row === undefined) {
    throw new Error(
      'The table deployment is empty: restore it from a backup, or every printed code loses its address.',
    );
  }
  return row.notification_token_key;
}

async function writeEvents(tx: Tx): Promise<void> {
  if (tx.events.length === 0) return;

  await tx.manager.query('select pg_advisory_xact_lock($1)', [EVENT_LOCK]);
  await insertRows(tx, TransactionEvent, tx.events);
}
