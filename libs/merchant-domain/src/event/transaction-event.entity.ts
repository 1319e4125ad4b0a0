import { Column, Entity, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../database/columns';
import { type TransactionStatus } from '../transaction/transaction.entity';

export type TransactionEventType =
  | 'PAYMENT_RECEIVED'
  | 'STORE_LEARNED'
  | 'CODE_LEARNED'
  | 'TIME_LEARNED'
  | 'STATUS_CHANGED'
  | 'CLAIMED'
  | 'REFUND_REQUESTED'
  | 'REFUND_SUCCEEDED'
  | 'REFUND_FAILED'
  | 'CANCEL_REQUESTED'
  | 'CANCELLED'
  | 'CANCEL_FAILED'
  | 'RECONCILED'
  | 'DISCREPANCY_FOUND';

/** What happened to a transaction, written with the state it tells of. Its position is the cursor. */
@Entity('transaction_events')
export class TransactionEvent {
  @PrimaryColumn('uuid')
  id!: string;

  /** Order of commit: given out under a lock that is held until the commit. */
  @Column({ ...bigintColumn, name: 'position', insert: false, update: false })
  position!: bigint;

  @Column('uuid', { name: 'transaction_id' })
  transactionId!: string;

  @Column('uuid', { name: 'store_id', nullable: true })
  storeId!: string | null;

  @Column('uuid', { name: 'qr_code_id', nullable: true })
  qrCodeId!: string | null;

  @Column('text')
  type!: TransactionEventType;

  /** After this event. */
  @Column('text')
  status!: TransactionStatus;

  @Column({ ...bigintColumn, name: 'amount_minor', nullable: true })
  amountMinor!: bigint | null;

  @Column('text', { nullable: true })
  currency!: string | null;

  @Column('uuid', { name: 'refund_id', nullable: true })
  refundId!: string | null;

  /** "alipay", "worker", or the caller's subject. */
  @Column('text')
  actor!: string;

  @Column('jsonb', { nullable: true })
  detail!: Record<string, string> | null;

  /** Alipay's time where it gave one. */
  @Column({ ...instantColumn, name: 'occurred_at' })
  occurredAt!: Date;

  @Column({ ...instantColumn, name: 'recorded_at' })
  recordedAt!: Date;
}
