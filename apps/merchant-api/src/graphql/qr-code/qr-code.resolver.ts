import {
  countQrCodes,
  type Domain,
  findQrCode,
  type QrCodeStatus,
  qrCodesPage,
} from '@countersign/merchant-domain';
import { GraphQLError } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Query,
  Resolver,
  Root,
} from 'type-graphql';

import {
  IMAGE_SIZE_MAX,
  IMAGE_SIZE_MIN,
  renderQrImage,
  renderQrPlaceholder,
} from '../../rendering/qr-image';
import { renderSticker } from '../../rendering/sticker';
import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { uuidToMatch } from '../node-id';
import { PageArgs, toConnection } from '../page';
import { StoreNode, toStoreNode } from '../store/store.type';
import { TransactionsArgs } from '../transaction/transaction.input';
import { TransactionConnection } from '../transaction/transaction.type';
import { transactionsOf } from '../transaction/transactions-of';
import {
  QrCodeConnection,
  QrCodeNode,
  QrCodeStatusWords,
  type QrImageFormat,
  QrImageFormatWords,
  toQrCodeNode,
} from './qr-code.type';
import { made } from '../made';

@ArgsType()
class QrCodesArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Only codes of this store.' })
  storeId?: string | null;

  @Field(() => [QrCodeStatusWords], {
    nullable: true,
    description: 'Only codes in one of these states.',
  })
  statuses?: QrCodeStatus[] | null;
}

/** Codes and what belongs to them; what changes a code is in qr-code.mutations.ts. */
@Resolver(() => QrCodeNode)
export class QrCodeResolver {
  constructor(private readonly domain: Domain) {}

  @Query(() => QrCodeNode, {
    nullable: true,
    description: 'One code, by its id or by the text inside its picture.',
  })
  @Access('READ_SALES')
  async qrCode(
    @Ctx() { caller }: ApiContext,
    @Arg('id', () => ID, { nullable: true, description: 'Its node id.' }) id?: string,
    @Arg('code', () => String, { nullable: true, description: 'The text inside its picture.' })
    code?: string,
  ): Promise<QrCodeNode | null> {
    const found = await findQrCode(
      this.domain.database,
      caller,
      given({ id: uuidToMatch('QrCode', id), code }),
    );
    return found && toQrCodeNode(found);
  }

  @Query(() => QrCodeConnection, {
    nullable: true,
    description: 'The codes you may see, newest first; deleted and rejected ones too.',
  })
  @Access('READ_SALES')
  async qrCodes(
    @Ctx() { caller }: ApiContext,
    @Args(() => QrCodesArgs) { storeId, statuses, ...page }: QrCodesArgs,
  ): Promise<QrCodeConnection> {
    const { database } = this.domain;
    const filter = given({ storeId: uuidToMatch('Store', storeId), statuses });
    const found = await qrCodesPage(database, caller, { page: given(page), ...filter });
    return made(QrCodeConnection, {
      ...toConnection(found, toQrCodeNode),
      totalCount: () => countQrCodes(database, caller, filter),
    });
  }

  @FieldResolver(() => String, {
    description:
      'The code drawn here, as a data: URI to put into a page or to print. Until Alipay has issued the code it is a crossed-out picture that nobody can pay with.',
  })
  async image(
    @Root() qrCode: QrCodeNode,
    @Ctx() { loaders }: ApiContext,
    @Arg('format', () => QrImageFormatWords, {
      nullable: true,
      defaultValue: 'SVG',
      description: 'The form of the picture.',
    })
    format: QrImageFormat | null,
    @Arg('size', () => Int, {
      nullable: true,
      defaultValue: 512,
      description: `Width and height in pixels, ${IMAGE_SIZE_MIN} to ${IMAGE_SIZE_MAX}; a PDF has the size of its page.`,
    })
    size: number | null,
  ): Promise<string> {
    const pixels = size ?? 512;
    if (pixels < IMAGE_SIZE_MIN || pixels > IMAGE_SIZE_MAX) {
      throw new GraphQLError(
        `A picture is ${IMAGE_SIZE_MIN} to ${IMAGE_SIZE_MAX} pixels wide: choose a size between the two.`,
        { extensions: { code: 'BAD_USER_INPUT' } },
      );
    }
    if (format === 'PDF') {
      const store = await loaders.stores.load(qrCode.storeUuid);
      const { code, label, createdAt } = qrCode;
      return renderSticker({ name: store?.name ?? '', label, code, createdAt });
    }
    const drawing = { format: format ?? 'SVG', size: pixels };
    return qrCode.code === null
      ? renderQrPlaceholder(drawing)
      : renderQrImage(qrCode.code, drawing);
  }

  @FieldResolver(() => StoreNode, { description: 'The store it belongs to.' })
  async store(
    @Root() qrCode: QrCodeNode,
    @Ctx() { loaders }: ApiContext,
  ): Promise<StoreNode | null> {
    const store = await loaders.stores.load(qrCode.storeUuid);
    return store && toStoreNode(store);
  }

  @FieldResolver(() => TransactionConnection, {
    description: 'The payments made with it, newest first.',
  })
  async transactions(
    @Root() qrCode: QrCodeNode,
    @Ctx() { caller }: ApiContext,
    @Args(() => TransactionsArgs) args: TransactionsArgs,
  ): Promise<TransactionConnection> {
    return transactionsOf(this.domain, caller, args, { qrCodeId: qrCode.uuid });
  }
}
