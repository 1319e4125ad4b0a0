import { inOrderOf } from '../database/in-order-of';
import { type Tx } from '../database/tx';
import { type Books, type Caller, type Refusal, refuse } from '../domain';
import { Store } from '../store/store.entity';
import { requireAction } from './access.rules';
import { type ApiKeyWish, type CheckedWish, checkApiKey, noSuchStore } from './api-key.rules';
import { ApiKey } from './api-key.entity';
import { makeSecret, type NewSecret } from './api-key-secret';

export interface CreateApiKey extends ApiKeyWish {
  readonly caller: Caller;
}

export type NewApiKeyResult =
  | {
      readonly apiKey: ApiKey;
      /** Shown to whoever asked, and to nobody again: it is not kept. */
      readonly secret: string;
    }
  | (Refusal & { readonly apiKey?: undefined });

/** More than any chain has tills and programs; each is read when keys are listed. */
const KEYS_IN_FORCE_MAX = 1_000;

/** Makes a key for a program. Only the SHA-256 of its secret is kept. */
export async function createApiKey(books: Books, command: CreateApiKey): Promise<NewApiKeyResult> {
  requireAction(command.caller, 'MANAGE_KEYS');
  const checked = checkApiKey(command.caller, command, books.now());
  if ('refusal' in checked) return checked;

  const secret = makeSecret();
  const made = await books.database.atomically(books, async (tx): Promise<ApiKey | Refusal> => {
    if (!(await doStoresExist(tx, checked.storeIds))) return noSuchStore();
    if ((await countInForce(tx)) >= KEYS_IN_FORCE_MAX) {
      return refuse(
        'NOT_ALLOWED_IN_STATE',
        `There are ${KEYS_IN_FORCE_MAX} keys in force: revoke those that nothing uses any more.`,
      );
    }
    const apiKey = newApiKey(tx, command, checked, secret);
    await tx.manager.insert(ApiKey, apiKey);
    return apiKey;
  });
  if ('refusal' in made) return made;

  const { id, prefix, role } = made;
  books.log?.info('an API key was made', { id, prefix, role, by: command.caller.subject });
  return { apiKey: made, secret: secret.secret };
}

async function doStoresExist(tx: Tx, storeIds: readonly string[] | null): Promise<boolean> {
  if (storeIds === null || storeIds.length === 0) return true;
  const found = await tx.manager
    .createQueryBuilder(Store, 'store')
    .where('store.id = any(:ids::uuid[])', { ids: [...storeIds] })
    .getMany();
  return !inOrderOf(storeIds, found).includes(null);
}

async function countInForce(tx: Tx): Promise<number> {
  return tx.manager
    .createQueryBuilder(ApiKey, 'key')
    .where('key.revokedAt is null and (key.expiresAt is null or key.expiresAt > :now)', {
      now: tx.now(),
    })
    .getCount();
}

function newApiKey(
  tx: Tx,
  { caller, role, expiresAt }: CreateApiKey,
  { name, storeIds, refundLimit }: CheckedWish,
  { prefix, hash }: NewSecret,
): ApiKey {
  const apiKey = new ApiKey();
  apiKey.id = tx.newId();
  apiKey.name = name;
  apiKey.role = role;
  apiKey.storeIds = storeIds === null ? null : [...storeIds];
  apiKey.refundLimitMinor = refundLimit?.minor ?? null;
  apiKey.refundLimitCurrency = refundLimit?.currency ?? null;
  apiKey.prefix = prefix;
  apiKey.secretHash = hash;
  apiKey.createdBy = caller.subject;
  apiKey.createdAt = tx.now();
  apiKey.expiresAt = expiresAt ?? null;
  apiKey.lastUsedAt = null;
  apiKey.revokedAt = null;
  apiKey.revokedBy = null;
  return apiKey;
}
