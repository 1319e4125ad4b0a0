import { Column, Entity, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../database/columns';

export type TransactionStatus =
  | 'AWAITING_PAYMENT'
  | 'PAID'
  | 'PARTIALLY_REFUNDED'
  | 'REFUNDED'
  | 'CANCELLED'
  | 'CLOSED'
  | 'FINISHED';

export type PaymentInstitution = 'ALIPAY_CN' | 'ALIPAY_HK' | 'ALIPAY_PLUS' | 'UNKNOWN';

/** PENDING: a cancel was sent and its outcome is not known yet. */
export type CancelStatus = 'PENDING' | 'DONE' | 'FAILED';

/** One trade at Alipay, born with its notification (a static code has no order before it). */
@Entity('transactions')
export class Transaction {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'alipay_trans_id' })
  alipayTransId!: string;

  @Column('text', { name: 'partner_trans_id', nullable: true })
  partnerTransId!: string | null;

  @Column('text')
  status!: TransactionStatus;

  /** The raw value, the furthest of those seen. */
  @Column('text', { name: 'alipay_status' })
  alipayStatus!: string;

  /** Every raw value ever seen: the state is a function of this set, so order cannot matter. */
  @Column('text', { name: 'alipay_statuses_seen', array: true })
  alipayStatusesSeen!: string[];

  @Column({ ...bigintColumn, name: 'amount_minor' })
  amountMinor!: bigint;

  @Column('text')
  currency!: string;

  /** Kept by the database from the refunds' rows, and bounded there by the amount. */
  @Column({ ...bigintColumn, name: 'refunded_minor', insert: false, update: false })
  refundedMinor!: bigint;

  @Column({ ...bigintColumn, name: 'pending_refund_minor', insert: false, update: false })
  pendingRefundMinor!: bigint;

  @Column('text', { name: 'payment_institution' })
  paymentInstitution!: PaymentInstitution;

  @Column('text', { name: 'payment_institution_code', nullable: true })
  paymentInstitutionCode!: string | null;

  /** When the paying wallet is to be asked for; null when known or given up. */
  @Column({ ...instantColumn, name: 'institution_check_at', nullable: true })
  institutionCheckAt!: Date | null;

  @Column('int', { name: 'institution_attempts' })
  institutionAttempts!: number;

  @Column('text', { name: 'sale_reference', nullable: true })
  saleReference!: string | null;

  @Column({ ...bigintColumn, name: 'fee_minor', nullable: true })
  feeMinor!: bigint | null;

  @Column({ ...bigintColumn, name: 'net_minor', nullable: true })
  netMinor!: bigint | null;

  /** Of fee and net, where it is not that of the payment. */
  @Column('text', { name: 'settlement_currency', nullable: true })
  settlementCurrency!: string | null;

  @Column({ ...instantColumn, name: 'settled_at', nullable: true })
  settledAt!: Date | null;

  /** Masked, as Alipay gives it. */
  @Column('text', { name: 'buyer_login', nullable: true })
  buyerLogin!: string | null;

  @Column({ ...instantColumn, name: 'paid_at', nullable: true })
  paidAt!: Date | null;

  /** No message, answer or line has told it: it is near the time at which the payment was made or heard of. */
  @Column('boolean', { name: 'paid_at_guessed' })
  paidAtGuessed!: boolean;

  @Column('text', { name: 'cancel_status', nullable: true })
  cancelStatus!: CancelStatus | null;

  @Column('text', { name: 'cancel_requested_by', nullable: true })
  cancelRequestedBy!: string | null;

  @Column('int', { name: 'cancel_attempts' })
  cancelAttempts!: number;

  @Column({ ...instantColumn, name: 'cancel_next_check_at', nullable: true })
  cancelNextCheckAt!: Date | null;

  @Column('text', { name: 'cancel_failure_code', nullable: true })
  cancelFailureCode!: string | null;

  @Column('uuid', { name: 'qr_code_id', nullable: true })
  qrCodeId!: string | null;

  @Column('uuid', { name: 'store_id', nullable: true })
  storeId!: string | null;

  /** When somebody confirmed, after a restore, that the books miss nothing of it; written apart. */
  @Column({ ...instantColumn, name: 'confirmed_at', nullable: true, insert: false, update: false })
  confirmedAt!: Date | null;

  /** Alipay's time of creation where it gave one, else when we first heard of the trade. */
  @Column({ ...instantColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instantColumn, name: 'updated_at' })
  updatedAt!: Date;
}
