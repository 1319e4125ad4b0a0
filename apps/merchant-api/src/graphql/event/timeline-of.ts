import { type Caller, type Domain, timelinePage } from '@countersign/merchant-domain';

import { given } from '../given';
import { made } from '../made';
import { toConnection } from '../page';
import {
  type TimelineArgs,
  toTransactionEventNode,
  TransactionEventConnection,
} from './transaction-event.type';

export async function timelineOf(
  { database }: Domain,
  caller: Caller,
  transactionId: string,
  { first, after }: TimelineArgs,
): Promise<TransactionEventConnection> {
  const page = await timelinePage(database, caller, {
    transactionId,
    page: given({ first, after }),
  });
  return made(TransactionEventConnection, toConnection(page, toTransactionEventNode));
}
