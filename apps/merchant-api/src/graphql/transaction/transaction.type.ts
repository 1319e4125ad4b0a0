import {
  amountOf,
  cancellableUntil,
  type PaymentInstitution,
  refundableAmountOf,
  refundedAmountOf,
  settlementCurrencyOf,
  type Transaction,
  type TransactionStatus,
} from '@countersign/merchant-domain';
import { Field, Int, ObjectType } from 'type-graphql';

import { Scoped } from '../access';
import { describedEnum } from '../described-enum';
import { MoneyType, toMoney, toMoneyOrNull } from '../money/money.type';
import { encodeNodeId } from '../node-id';
import { NodeType } from '../node/node.type';
import { type Connection, PageInfo } from '../page';
import { DateTime } from '../scalars/borrowed-scalars';
import { CurrencyCode } from '../scalars/currency-code';
import { Decimal } from '../scalars/decimal';
import { UserError } from '../user-error.type';
import { made } from '../made';

export const TransactionStatusWords = describedEnum<TransactionStatus>(
  'TransactionStatus',
  'Where a payment stands. It never goes back, whatever order messages arrive in.',
  {
    AWAITING_PAYMENT: 'The customer has typed the amount and has not paid yet.',
    PAID: 'Paid, nothing given back.',
    PARTIALLY_REFUNDED: 'Paid, a part given back.',
    REFUNDED: 'Given back in full, by one refund or several.',
    CANCELLED: 'Undone as a whole, by a cancel.',
    CLOSED: 'Ended at Alipay without a payment, or for a reason outside our books.',
    FINISHED: 'Paid, and closed to refunds: the time for them is over.',
  },
);

export const TRANSACTION_STATUSES = Object.values(TransactionStatusWords);

const PaymentInstitutionWords = describedEnum<PaymentInstitution>(
  'PaymentInstitution',
  'The wallet that paid.',
  {
    ALIPAY_CN: 'Alipay of mainland China.',
    ALIPAY_HK: 'AlipayHK.',
    ALIPAY_PLUS: 'Another wallet, through Alipay+.',
    UNKNOWN: 'Not told yet, or a wallet we do not know: see `paymentInstitutionCode`.',
  },
);

@ObjectType('Transaction', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'One payment of a customer. It is born when Alipay first tells of it: a static code has no order before.',
})
@Scoped('CALLER')
export class TransactionNode extends NodeType {
  readonly uuid!: string;
  readonly qrCodeUuid!: string | null;
  readonly storeUuid!: string | null;

  @Field(() => String, {
    description: "Alipay's number for it (`trade_no`), which the customer's receipt shows.",
  })
  alipayTransId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The order number (`out_trade_no`). For static codes Alipay makes it up, and it can be late: null until then.',
  })
  partnerTransId!: string | null;

  @Field(() => TransactionStatusWords, { description: 'Where it stands.' })
  status!: TransactionStatus;

  @Field(() => String, {
    description: "Alipay's own word for its state as last seen, for instance TRADE_SUCCESS.",
  })
  alipayStatus!: string;

  @Field(() => MoneyType, {
    description: 'What the customer paid, or, while AWAITING_PAYMENT, is about to pay.',
  })
  amount!: MoneyType;

  @Field(() => MoneyType, {
    description: 'What has been given back: refunds that succeeded, or all of it once cancelled.',
  })
  refundedAmount!: MoneyType;

  @Field(() => MoneyType, {
    description:
      'What can still be given back; refunds under way count as given. Zero unless PAID or PARTIALLY_REFUNDED.',
  })
  refundableAmount!: MoneyType;

  @Field(() => PaymentInstitutionWords, {
    description:
      'The wallet that paid. Alipay is asked for it after the payment: it is UNKNOWN in most live events, and known moments later, without a further event.',
  })
  paymentInstitution!: PaymentInstitution;

  @Field(() => String, {
    nullable: true,
    description:
      'The wallet in the spelling of Alipay, for instance ALIPAYHK, also where we do not know it; null until it is told.',
  })
  paymentInstitutionCode!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Your own sale that this payment was claimed for; null while it is not claimed.',
  })
  saleReference!: string | null;

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What Alipay keeps of it; known once it is settled.',
  })
  fee!: MoneyType | null;

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What is paid out to you of it; known once it is settled.',
  })
  net!: MoneyType | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When Alipay settled it, by its settlement file; null while it has not.',
  })
  settledAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The customer\'s login, masked as Alipay gives it, for instance "852-51****88"; null where it gives none.',
  })
  buyerLogin!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the customer paid; null while it is not paid. Where no message told, a guess, until one does (TIME_LEARNED).',
  })
  paidAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Until when it can be cancelled, the Beijing midnight after it was paid; null once it cannot be.',
  })
  cancellableUntil!: Date | null;

  @Field(() => Boolean, {
    description: 'A cancel was sent and its outcome is not known yet.',
  })
  cancelPending!: boolean;

  @Field(() => DateTime, { description: 'When Alipay made it, or we first heard of it.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When our record of it last changed.' })
  updatedAt!: Date;
}

@ObjectType('TransactionEdge', {
  simpleResolvers: true,
  description: 'A payment and its place in the list.',
})
@Scoped('PARENT')
export class TransactionEdge {
  @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
  cursor!: string;

  @Field(() => TransactionNode, { description: 'The payment.' })
  node!: TransactionNode;
}

@ObjectType('TransactionTotals', {
  simpleResolvers: true,
  description:
    'Sums over everything that the filter finds, not only the page: paid payments only, one entry per currency.',
})
@Scoped('PARENT')
export class TransactionTotals {
  @Field(() => CurrencyCode, { description: 'The currency of the sums.' })
  currency!: string;

  @Field(() => Int, { description: 'How many payments.' })
  count!: number;

  @Field(() => Decimal, { description: 'What customers paid.' })
  gross!: string;

  @Field(() => Decimal, { description: 'What was given back of these payments, whenever.' })
  refunded!: string;

  @Field(() => Decimal, { description: 'What is left: paid less given back.' })
  net!: string;
}

@ObjectType('TransactionConnection', {
  simpleResolvers: true,
  description: 'A page of payments, newest first.',
})
@Scoped('PARENT')
export class TransactionConnection implements Connection<TransactionNode> {
  @Field(() => [TransactionEdge], { description: 'The page, with a cursor for each entry.' })
  edges!: TransactionEdge[];

  @Field(() => [TransactionNode], { description: 'The page, for those who need no cursors.' })
  nodes!: TransactionNode[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;

  @Field(() => [TransactionTotals], {
    description: 'Sums over the whole filter, one per currency; reckoned only when asked for.',
  })
  totals!: () => Promise<TransactionTotals[]>;
}

@ObjectType('TransactionPayload', {
  simpleResolvers: true,
  description: 'What came of a change to a payment.',
})
@Scoped('PARENT')
export class TransactionPayload {
  @Field(() => TransactionNode, {
    nullable: true,
    description:
      'The payment as it stands now, also when a change was refused; null when it was not looked up, because there is none or the input itself was refused.',
  })
  transaction?: TransactionNode | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}

export function toTransactionNode(transaction: Transaction, now: Date): TransactionNode {
  return made(TransactionNode, {
    id: encodeNodeId('Transaction', transaction.id),
    uuid: transaction.id,
    qrCodeUuid: transaction.qrCodeId,
    storeUuid: transaction.storeId,
    alipayTransId: transaction.alipayTransId,
    partnerTransId: transaction.partnerTransId,
    status: transaction.status,
    alipayStatus: transaction.alipayStatus,
    amount: toMoney(amountOf(transaction)),
    refundedAmount: toMoney(refundedAmountOf(transaction)),
    refundableAmount: toMoney(refundableAmountOf(transaction)),
    paymentInstitution: transaction.paymentInstitution,
    paymentInstitutionCode: transaction.paymentInstitutionCode,
    saleReference: transaction.saleReference,
    fee: toMoneyOrNull(transaction.feeMinor, settlementCurrencyOf(transaction)),
    net: toMoneyOrNull(transaction.netMinor, settlementCurrencyOf(transaction)),
    settledAt: transaction.settledAt,
    buyerLogin: transaction.buyerLogin,
    paidAt: transaction.paidAt,
    cancellableUntil: cancellableUntil(transaction, now),
    cancelPending: transaction.cancelStatus === 'PENDING',
    createdAt: transaction.createdAt,
    updatedAt: transaction.updatedAt,
  });
}
