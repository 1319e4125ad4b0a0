import {
  createQrCode,
  deleteQrCode,
  type Domain,
  importQrCode,
  modifyQrCode,
  type QrCodeResult,
  restartQrCode,
  stopQrCode,
} from '@countersign/merchant-domain';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { InputRules } from '../input-rules';
import { uuidOf } from '../node-id';
import { noSuchId, userErrorsOf } from '../user-error.type';
import {
  CreateQrCodeInput,
  ImportQrCodeInput,
  ModifyQrCodeInput,
  QrCodeInput,
} from './qr-code.input';
import { QrCodePayload, toQrCodeNode } from './qr-code.type';
import { made } from '../made';

const DEFAULT_CURRENCY = 'HKD';

@Resolver()
export class QrCodeMutations {
  constructor(private readonly domain: Domain) {}

  @Mutation(() => QrCodePayload, {
    nullable: true,
    description:
      'Creates a code at Alipay. Where the store has such a code already, with or without a channel fee as asked, that code is returned.',
  })
  @Access('MANAGE_CODES')
  @InputRules()
  async createQrCode(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => CreateQrCodeInput, { description: 'The code.' })
    input: CreateQrCodeInput,
  ): Promise<QrCodePayload> {
    const storeId = uuidOf('Store', input.storeId);
    if (storeId === null)
      return made(QrCodePayload, { userErrors: [noSuchId('storeId', 'Store')] });

    const { label, channelFee } = input;
    const result = await createQrCode(this.domain, {
      caller,
      storeId,
      transactionCurrency: input.transactionCurrency ?? DEFAULT_CURRENCY,
      settlementCurrency: input.settlementCurrency ?? DEFAULT_CURRENCY,
      ...given({ label, channelFee }),
    });
    return toQrCodePayload(result);
  }

  @Mutation(() => QrCodePayload, {
    nullable: true,
    description:
      'Takes over a code that is on the wall already, created elsewhere, so that its payments are heard of here.',
  })
  @Access('MANAGE_CODES')
  @InputRules()
  async importQrCode(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => ImportQrCodeInput, { description: 'The code.' })
    input: ImportQrCodeInput,
  ): Promise<QrCodePayload> {
    const storeId = uuidOf('Store', input.storeId);
    if (storeId === null)
      return made(QrCodePayload, { userErrors: [noSuchId('storeId', 'Store')] });

    const { code, label, channelFee } = input;
    const result = await importQrCode(this.domain, {
      caller,
      storeId,
      code,
      transactionCurrency: input.transactionCurrency ?? DEFAULT_CURRENCY,
      settlementCurrency: input.settlementCurrency ?? DEFAULT_CURRENCY,
      ...given({ label, channelFee }),
    });
    return toQrCodePayload(result);
  }

  @Mutation(() => QrCodePayload, {
    nullable: true,
    description:
      'Changes what Alipay shows for a code: the names of store and merchant, the address, the channel fee; or its label here.',
  })
  @Access('MANAGE_CODES')
  @InputRules()
  async modifyQrCode(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => ModifyQrCodeInput, { description: 'The code and what is to change.' })
    input: ModifyQrCodeInput,
  ): Promise<QrCodePayload> {
    const qrCodeId = uuidOf('QrCode', input.qrCodeId);
    if (qrCodeId === null)
      return made(QrCodePayload, { userErrors: [noSuchId('qrCodeId', 'QrCode')] });

    const { label, storeName, merchantName, address, channelFee } = input;
    const result = await modifyQrCode(this.domain, {
      caller,
      qrCodeId,
      ...given({ label, storeName, merchantName, address, channelFee }),
    });
    return toQrCodePayload(result);
  }

  @Mutation(() => QrCodePayload, {
    nullable: true,
    description:
      'Stops a code: customers cannot pay with it until it is restarted. Stopping a stopped code changes nothing.',
  })
  @Access('MANAGE_CODES')
  @InputRules()
  async stopQrCode(
    @Ctx() context: ApiContext,
    @Arg('input', () => QrCodeInput, { description: 'The code.' }) input: QrCodeInput,
  ): Promise<QrCodePayload> {
    return this.change(stopQrCode, context, input);
  }

  @Mutation(() => QrCodePayload, {
    nullable: true,
    description:
      'Lets customers pay with a stopped code again. A deleted code cannot be restarted.',
  })
  @Access('MANAGE_CODES')
  @InputRules()
  async restartQrCode(
    @Ctx() context: ApiContext,
    @Arg('input', () => QrCodeInput, { description: 'The code.' }) input: QrCodeInput,
  ): Promise<QrCodePayload> {
    return this.change(restartQrCode, context, input);
  }

  @Mutation(() => QrCodePayload, {
    nullable: true,
    description: 'Deletes a code for good. Its payments stay, and can still be refunded.',
  })
  @Access('MANAGE_CODES')
  @InputRules()
  async deleteQrCode(
    @Ctx() context: ApiContext,
    @Arg('input', () => QrCodeInput, { description: 'The code.' }) input: QrCodeInput,
  ): Promise<QrCodePayload> {
    return this.change(deleteQrCode, context, input);
  }

  private async change(
    useCase: typeof stopQrCode,
    { caller }: ApiContext,
    input: QrCodeInput,
  ): Promise<QrCodePayload> {
    const qrCodeId = uuidOf('QrCode', input.qrCodeId);
    if (qrCodeId === null)
      return made(QrCodePayload, { userErrors: [noSuchId('qrCodeId', 'QrCode')] });

    return toQrCodePayload(await useCase(this.domain, { caller, qrCodeId }));
  }
}

function toQrCodePayload(result: QrCodeResult): QrCodePayload {
  return made(QrCodePayload, {
    qrCode: result.qrCode === undefined ? null : toQrCodeNode(result.qrCode),
    userErrors: userErrorsOf(result),
  });
}
