import {
  type CallOptions,
  type Outcome,
  type RefundQueryAnswer,
} from '@countersign/alipay-services';

import { type Domain } from '../domain';
import { asOutcome } from '../gateway-call/as-outcome';
import { type Transaction } from '../transaction/transaction.entity';

/** Asks Alipay what became of the refund with that id (PROTOCOL.md §6.4). */
export async function queryRefund(
  domain: Domain,
  transaction: Transaction,
  partnerRefundId: string,
  options: CallOptions = {},
): Promise<Outcome<RefundQueryAnswer>> {
  return asOutcome(() =>
    domain.alipay.refundQuery(
      { outTradeNo: transaction.partnerTransId ?? '', outReturnNo: partnerRefundId },
      options,
    ),
  );
}
