import {
  type Domain,
  refreshStoreRegistration,
  type RegistrationResult,
  submitStoreRegistration,
} from '@countersign/merchant-domain';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { InputRules } from '../input-rules';
import { made } from '../made';
import { uuidOf } from '../node-id';
import { noSuchId, userErrorsOf } from '../user-error.type';
import { StoreInput, SubmitStoreRegistrationInput } from './store.input';
import { StorePayload, toStoreNode } from './store.type';

@Resolver()
export class StoreRegistrationMutations {
  constructor(private readonly domain: Domain) {}

  @Mutation(() => StorePayload, {
    nullable: true,
    description:
      "Submits a store to Alipay's review, or what has changed of a registered one; the latest content counts. The store is UNDER_REVIEW once Alipay has received it, and the background follows the review. Without a certain answer `registrationPending` is true until there is one.",
  })
  @Access('MANAGE_CODES')
  @InputRules()
  async submitStoreRegistration(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => SubmitStoreRegistrationInput, {
      description: 'The store, and what the review is told.',
    })
    input: SubmitStoreRegistrationInput,
  ): Promise<StorePayload> {
    const storeId = uuidOf('Store', input.storeId);
    if (storeId === null) return made(StorePayload, { userErrors: [noSuchId('storeId', 'Store')] });

    const { registrationNo, representativeName, representativeId } = input;
    const { shareholderName, shareholderId, contactNo, contactEmail } = input;
    const result = await submitStoreRegistration(this.domain, {
      caller,
      storeId,
      ...given({ registrationNo, representativeName, representativeId }),
      ...given({ shareholderName, shareholderId, contactNo, contactEmail }),
    });
    return toStorePayload(result);
  }

  @Mutation(() => StorePayload, {
    nullable: true,
    description:
      'Asks Alipay where the registration of a store stands, and shows it from then on. Changes nothing at Alipay.',
  })
  @Access('ASK_ALIPAY')
  @InputRules()
  async refreshStoreRegistration(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => StoreInput, { description: 'The store.' }) input: StoreInput,
  ): Promise<StorePayload> {
    const storeId = uuidOf('Store', input.storeId);
    if (storeId === null) return made(StorePayload, { userErrors: [noSuchId('storeId', 'Store')] });

    return toStorePayload(await refreshStoreRegistration(this.domain, { caller, storeId }));
  }
}

function toStorePayload(result: RegistrationResult): StorePayload {
  return made(StorePayload, {
    store: result.store === undefined ? null : toStoreNode(result.store),
    userErrors: userErrorsOf(result),
  });
}
