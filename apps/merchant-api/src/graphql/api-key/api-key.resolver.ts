import { createApiKey, type Domain, listApiKeys, revokeApiKey } from '@countersign/merchant-domain';
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { InputRules } from '../input-rules';
import { made } from '../made';
import { uuidOf } from '../node-id';
import { noSuchId, userErrorsOf } from '../user-error.type';
import { CreateApiKeyInput, RevokeApiKeyInput } from './api-key.input';
import { ApiKeyNode, ApiKeyPayload, toApiKeyNode } from './api-key.type';

@Resolver(() => ApiKeyNode)
export class ApiKeyResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => [ApiKeyNode], {
    nullable: true,
    description: 'The keys of programs, newest first; revoked ones too.',
  })
  @Access('MANAGE_KEYS')
  async apiKeys(@Ctx() { caller }: ApiContext): Promise<ApiKeyNode[]> {
    const keys = await listApiKeys(this.domain.database, caller);
    return keys.map(toApiKeyNode);
  }

  @Mutation(() => ApiKeyPayload, {
    nullable: true,
    description:
      'Makes a key for a program. Its secret is shown once: put it where the program finds it. Not safe to repeat: each time makes another key.',
  })
  @Access('MANAGE_KEYS')
  @InputRules()
  async createApiKey(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => CreateApiKeyInput, { description: 'The key.' }) input: CreateApiKeyInput,
  ): Promise<ApiKeyPayload> {
    const { name, role, storeIds: nodeIds, refundLimit, expiresAt } = input;
    const storeIds = nodeIds?.map((id) => uuidOf('Store', id));
    if (storeIds?.includes(null) === true) {
      return made(ApiKeyPayload, { userErrors: [noSuchId('storeIds', 'Store')] });
    }
    const result = await createApiKey(this.domain, {
      ...{ caller, name, role },
      ...given({ storeIds: storeIds?.filter((id) => id !== null), refundLimit, expiresAt }),
    });
    return made(ApiKeyPayload, {
      apiKey: result.apiKey === undefined ? null : toApiKeyNode(result.apiKey),
      secret: 'secret' in result ? result.secret : null,
      userErrors: userErrorsOf(result),
    });
  }

  @Mutation(() => ApiKeyPayload, {
    nullable: true,
    description:
      'Ends a key for good: it opens nothing from the next request on, and its streams end within seconds. Again changes nothing.',
  })
  @Access('MANAGE_KEYS')
  @InputRules()
  async revokeApiKey(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => RevokeApiKeyInput, { description: 'The key.' }) input: RevokeApiKeyInput,
  ): Promise<ApiKeyPayload> {
    const apiKeyId = uuidOf('ApiKey', input.apiKeyId);
    if (apiKeyId === null) {
      return made(ApiKeyPayload, { userErrors: [noSuchId('apiKeyId', 'ApiKey')] });
    }
    const result = await revokeApiKey(this.domain, { caller, apiKeyId });
    return made(ApiKeyPayload, {
      apiKey: result.apiKey === undefined ? null : toApiKeyNode(result.apiKey),
      userErrors: userErrorsOf(result),
    });
  }
}
