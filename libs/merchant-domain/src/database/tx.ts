import { type EntityManager } from 'typeorm';

import { type TransactionEvent } from '../event/transaction-event.entity';

/** One database transaction: the word *transaction* belongs to the merchant here. */
export interface Tx {
  readonly manager: EntityManager;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Written at the end of the block, together. */
  readonly events: Omit<TransactionEvent, 'position'>[];
  /** Codes whose subscribers are to hear of a change, once it is committed. */
  readonly changedQrCodeIds: Set<string>;
  /** Set by what leaves messages in the inbox: they are to be applied once it is committed. */
  hasFilledInbox: boolean;
}
