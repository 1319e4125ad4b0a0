import { type Database } from '../database/open-database';
import { type Caller } from '../domain';
import { requireAction } from './access.rules';
import { ApiKey } from './api-key.entity';
import { callerOfKey, isInForce, seesApiKey } from './api-key.rules';
import { isSecretOf, prefixIn } from './api-key-secret';

/** A key that opens the door at this moment, and for whom. */
export interface KeyInUse {
  readonly id: string;
  readonly caller: Caller;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

const LISTED_MAX = 1_000;
const USE_NOTED_EVERY_MS = 60_000;

/**
 * The keys that the caller may see, newest first; revoked and expired ones too, as far as there is
 * room: those that end last are kept, and so each that opens something.
 */
export async function listApiKeys(database: Database, caller: Caller): Promise<ApiKey[]> {
  requireAction(caller, 'MANAGE_KEYS');
  const keys = await database.manager
    .createQueryBuilder(ApiKey, 'key')
    .orderBy('coalesce(key.revoked_at, key.expires_at)', 'DESC', 'NULLS FIRST')
    .limit(LISTED_MAX)
    .getMany();
  return keys.filter((key) => seesApiKey(caller, key)).sort(newestFirst);
}

function newestFirst(one: ApiKey, other: ApiKey): number {
  const laterMs = other.createdAt.getTime() - one.createdAt.getTime();
  return laterMs === 0 ? (one.id < other.id ? 1 : -1) : laterMs;
}

export async function findApiKey(
  database: Database,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<ApiKey | null> {
  requireAction(caller, 'MANAGE_KEYS');
  const key = await database.manager.findOneBy(ApiKey, { id });
  return key !== null && seesApiKey(caller, key) ? key : null;
}

/** Who comes with this secret, or null: the row is found by its prefix, and compared by its hash. */
export async function findKeyInUse(
  database: Database,
  now: Date,
  secret: string,
): Promise<KeyInUse | null> {
  const prefix = prefixIn(secret);
  if (prefix === null) return null;
  const [key]: KeyRow[] = await database.manager.query(KEY_OF_PREFIX, [prefix]);
  if (key === undefined || !isSecretOf(secret, key.secretHash) || !isInForce(key, now)) return null;
  const { id, expiresAt, lastUsedAt, limitMinor } = key;
  const refundLimitMinor = limitMinor === null ? null : BigInt(limitMinor);
  return { id, caller: callerOfKey({ ...key, refundLimitMinor }), expiresAt, lastUsedAt };
}

type KeyRow = Omit<ApiKey, 'refundLimitMinor'> & { readonly limitMinor: string | null };

/** Asked at every request, so past TypeORM: building its query costs more than the query. */
const KEY_OF_PREFIX = /* sql */ `
  select id, name, role, prefix, store_ids as "storeIds", secret_hash as "secretHash",
    refund_limit_minor as "limitMinor", refund_limit_currency as "refundLimitCurrency",
    expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"
  from api_keys where prefix = $1`;

/** Which of these keys still open the door: for streams that outlast the request that opened them. */
export async function keysInForce(
  database: Database,
  now: Date,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows: { id: string }[] = await database.manager.query(
    `select id from api_keys
     where id = any($1::uuid[]) and revoked_at is null and (expires_at is null or expires_at > $2)`,
    [ids, now],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Whether the use of a key is to be written down: once a minute tells whether it is still needed. */
export function isUseToBeNoted(lastUsedAt: Date | null, now: Date): boolean {
  return lastUsedAt === null || now.getTime() - lastUsedAt.getTime() >= USE_NOTED_EVERY_MS;
}

/** Writes down that keys are in use, each once a minute at most, whoever else does so too. */
export async function noteKeyUse(
  database: Database,
  now: Date,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await database.manager.query(
    `update api_keys set last_used_at = $2
     where id = any($1::uuid[]) and (last_used_at is null or last_used_at <= $3)`,
    [ids, now, new Date(now.getTime() - USE_NOTED_EVERY_MS)],
  );
}

/** Whether anybody could come in by a key: asked when a process starts without another way. */
export async function isAnyKeyInForce(database: Database, now: Date): Promise<boolean> {
  const rows: unknown[] = await database.manager.query(
    `select from api_keys where revoked_at is null and (expires_at is null or expires_at > $1) limit 1`,
    [now],
  );
  return rows.length > 0;
}
