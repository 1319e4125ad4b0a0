import { type Books, type Caller, type Refusal, refuse } from '../domain';
import { requireAction } from './access.rules';
import { ApiKey } from './api-key.entity';
import { seesApiKey } from './api-key.rules';

export interface RevokeApiKey {
  readonly caller: Caller;
  readonly apiKeyId: string;
}

export type ApiKeyResult =
  { readonly apiKey: ApiKey } | (Refusal & { readonly apiKey?: undefined });

/**
 * Ends a key, for good. It opens nothing from the next request on, and its streams end within
 * seconds, at every replica. Again is the same: the first time stays on record.
 */
export async function revokeApiKey(
  books: Books,
  { caller, apiKeyId }: RevokeApiKey,
): Promise<ApiKeyResult> {
  requireAction(caller, 'MANAGE_KEYS');
  return books.database.atomically(books, async (tx): Promise<ApiKeyResult> => {
    const apiKey = await tx.manager.findOne(ApiKey, {
      where: { id: apiKeyId },
      lock: { mode: 'for_no_key_update' },
    });
    if (apiKey === null || !seesApiKey(caller, apiKey)) {
      return refuse('NOT_FOUND', 'There is no such key: check its id.', { field: ['apiKeyId'] });
    }
    if (apiKey.revokedAt !== null) return { apiKey };

    apiKey.revokedAt = tx.now();
    apiKey.revokedBy = caller.subject;
    const { id, prefix, revokedAt, revokedBy } = apiKey;
    await tx.manager.update(ApiKey, { id }, { revokedAt, revokedBy });
    books.log?.info('an API key was revoked', { id, prefix, by: caller.subject });
    return { apiKey };
  });
}
