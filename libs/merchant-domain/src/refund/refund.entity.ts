import { Column, Entity, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../database/columns';

/** PENDING: outcome not known; settled in the background under the same partnerRefundId. */
export type RefundStatus = 'PENDING' | 'SUCCEEDED' | 'FAILED';

@Entity('refunds')
export class Refund {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'transaction_id' })
  transactionId!: string;

  /** Derived from partner, trade and idempotency key (decision 15): survives a restored backup. */
  @Column('text', { name: 'partner_refund_id' })
  partnerRefundId!: string;

  @Column('text', { name: 'idempotency_key' })
  idempotencyKey!: string;

  /** The amount as asked for; null when everything left was asked for. */
  @Column({ ...bigintColumn, name: 'requested_minor', nullable: true })
  requestedMinor!: bigint | null;

  @Column({ ...bigintColumn, name: 'amount_minor' })
  amountMinor!: bigint;

  @Column('text')
  currency!: string;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('text')
  status!: RefundStatus;

  @Column('text', { name: 'failure_code', nullable: true })
  failureCode!: string | null;

  /** Calls sent so far; above one, an earlier one had no certain outcome. */
  @Column('int')
  attempts!: number;

  @Column({ ...instantColumn, name: 'next_check_at', nullable: true })
  nextCheckAt!: Date | null;

  /** Until when a call about it may be under way; null once its outcome is in the books. */
  @Column({ ...instantColumn, name: 'in_flight_until', nullable: true })
  inFlightUntil!: Date | null;

  @Column('text', { name: 'requested_by' })
  requestedBy!: string;

  /** Why a person closed it, when Alipay never answered. */
  @Column('text', { name: 'resolution_note', nullable: true })
  resolutionNote!: string | null;

  @Column('text', { name: 'resolved_by', nullable: true })
  resolvedBy!: string | null;

  @Column({ ...instantColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instantColumn, name: 'settled_at', nullable: true })
  settledAt!: Date | null;

  /** From the settlement file, like the four of a payment; written apart. */
  @Column({ ...bigintColumn, name: 'fee_minor', nullable: true, insert: false, update: false })
  feeMinor!: bigint | null;

  @Column({ ...bigintColumn, name: 'net_minor', nullable: true, insert: false, update: false })
  netMinor!: bigint | null;

  /** Of fee and net, where it is not that of the refund. */
  @Column({
    ...{ type: 'text', name: 'settlement_currency' },
    ...{ nullable: true, insert: false, update: false },
  })
  settlementCurrency!: string | null;

  @Column({ ...instantColumn, name: 'settlement_at', nullable: true, insert: false, update: false })
  settlementAt!: Date | null;
}
