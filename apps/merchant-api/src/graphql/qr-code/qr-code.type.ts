import { type ChannelFeeType, type QrCode, type QrCodeStatus } from '@countersign/merchant-domain';
import { Field, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { type Connection, PageInfo } from '../page';
import { DateTime, Url } from '../scalars/borrowed-scalars';
import { CurrencyCode } from '../scalars/currency-code';
import { Decimal } from '../scalars/decimal';
import { UserError } from '../user-error.type';
import { made } from '../made';

export const QrCodeStatusWords = describedEnum<QrCodeStatus>(
  'QrCodeStatus',
  'What a code is good for.',
  {
    PENDING: "Asked for; Alipay's answer is not known yet, and is asked for in the background.",
    ACTIVE: 'Customers can pay with it.',
    STOPPED: 'Customers cannot pay with it until it is restarted.',
    DELETED: 'Gone for good: a deleted code is never restarted.',
    REJECTED: 'Alipay refused to create it: see `rejectionCode`.',
  },
);

export const ChannelFeeTypeWords = describedEnum<ChannelFeeType>(
  'ChannelFeeType',
  'How a channel fee is reckoned.',
  {
    FIXED: 'The same amount for each payment.',
    RATE: 'A fraction of each payment.',
  },
);

export type QrImageFormat = 'SVG' | 'PNG' | 'PDF';

export const QrImageFormatWords = describedEnum<QrImageFormat>(
  'QrImageFormat',
  'The form of a picture.',
  {
    SVG: 'Sharp at any size: for the web and for print.',
    PNG: 'For programs and printers that take no SVG.',
    PDF: "A counter sticker to print: one A6 page with the store's name, the label and the code.",
  },
);

@ObjectType('ChannelFee', {
  simpleResolvers: true,
  description: 'What Alipay adds to a payment for the channel that brought the customer.',
})
@Scoped('PARENT')
export class ChannelFee {
  @Field(() => ChannelFeeTypeWords, { description: 'An amount or a fraction.' })
  type!: ChannelFeeType;

  @Field(() => Decimal, {
    description: 'FIXED: the amount, "1.50". RATE: the fraction, "0.01" for one per cent.',
  })
  value!: string;
}

@ObjectType('QrCode', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'A static payment code: printed once and put on a counter. The customer scans it, types the amount and pays.',
})
@Scoped('CALLER')
export class QrCodeNode extends NodeType {
  readonly uuid!: string;
  readonly storeUuid!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The text inside the picture, as Alipay issued it; null until Alipay has.',
  })
  code!: string | null;

  @Field(() => Url, {
    nullable: true,
    description: "The address of Alipay's own picture; null until Alipay has given one.",
  })
  alipayImageUrl!: string | null;

  @Field(() => QrCodeStatusWords, { description: 'Whether customers can pay with it.' })
  status!: QrCodeStatus;

  @Field(() => Boolean, {
    description:
      'A change to this code (modify, stop, restart, delete) was sent and its outcome is not known yet; until then the old state is shown.',
  })
  changePending!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Alipay's code, when it refused to create this code; else null.",
  })
  rejectionCode!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A name for people, for instance "Counter 2"; null without one. It is never sent to Alipay.',
  })
  label!: string | null;

  @Field(() => CurrencyCode, { description: 'What customers pay in.' })
  transactionCurrency!: string;

  @Field(() => CurrencyCode, { description: 'What Alipay settles in.' })
  settlementCurrency!: string;

  @Field(() => ChannelFee, {
    nullable: true,
    description: 'Its channel fee, which tells the two codes of a store apart; null without one.',
  })
  channelFee!: ChannelFee | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When Alipay last spoke of a payment to this code; null when it never did, which is worth a look.',
  })
  lastNotifiedAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was last changed here.' })
  updatedAt!: Date;
}

@ObjectType('QrCodeEdge', {
  simpleResolvers: true,
  description: 'A code and its place in the list.',
})
@Scoped('PARENT')
export class QrCodeEdge {
  @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
  cursor!: string;

  @Field(() => QrCodeNode, { description: 'The code.' })
  node!: QrCodeNode;
}

@ObjectType('QrCodeConnection', {
  simpleResolvers: true,
  description: 'A page of codes, newest first.',
})
@Scoped('PARENT')
export class QrCodeConnection implements Connection<QrCodeNode> {
  @Field(() => [QrCodeEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: QrCodeEdge[];

  @Field(() => [QrCodeNode], { description: 'The page, for those who need no cursors.' })
  nodes!: QrCodeNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;

  @Field(() => Int, { description: 'How many there are in all; counted only when asked for.' })
  totalCount!: () => Promise<number>;
}

@ObjectType('QrCodePayload', {
  simpleResolvers: true,
  description: 'What came of a change to a code.',
})
@Scoped('PARENT')
export class QrCodePayload {
  @Field(() => QrCodeNode, {
    nullable: true,
    description:
      'The code as it stands now. While the outcome at Alipay is not known it is PENDING or has `changePending`, and there is no error.',
  })
  qrCode?: QrCodeNode | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}

const CHANGES_TO_A_CODE = ['MODIFY', 'STOP', 'RESTART', 'DELETE'];

export function toQrCodeNode(qrCode: QrCode): QrCodeNode {
  const { channelFeeType, channelFeeValue } = qrCode;
  return made(QrCodeNode, {
    id: encodeNodeId('QrCode', qrCode.id),
    uuid: qrCode.id,
    storeUuid: qrCode.storeId,
    code: qrCode.code,
    alipayImageUrl: qrCode.alipayImageUrl,
    status: qrCode.status,
    changePending: CHANGES_TO_A_CODE.includes(qrCode.pendingChange ?? ''),
    rejectionCode: qrCode.rejectionCode,
    label: qrCode.label,
    transactionCurrency: qrCode.transactionCurrency,
    settlementCurrency: qrCode.settlementCurrency,
    channelFee:
      channelFeeType === null || channelFeeValue === null
        ? null
        : made(ChannelFee, { type: channelFeeType, value: channelFeeValue }),
    createdAt: qrCode.createdAt,
    lastNotifiedAt: qrCode.lastNotifiedAt,
    updatedAt: qrCode.updatedAt,
  });
}
