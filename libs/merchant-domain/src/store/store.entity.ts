import { type StoreRegistration } from '@countersign/alipay-services';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../database/columns';

export type RegistrationStatus =
  'UNREGISTERED' | 'UNDER_REVIEW' | 'REGISTERED' | 'MODIFICATION_REVIEW' | 'REJECTED' | 'ARCHIVED';

/** A store to Alipay is one counter; `shop` groups the counters of one shop for people. */
@Entity('stores')
export class Store {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'merchant_id' })
  merchantId!: string;

  @Column('text', { name: 'alipay_store_id' })
  alipayStoreId!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  shop!: string | null;

  @Column('text', { name: 'country_code' })
  countryCode!: string;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('text')
  registration!: RegistrationStatus;

  @Column('text', { name: 'reject_reason', nullable: true })
  rejectReason!: string | null;

  /** What was submitted and has no certain answer yet. It names persons, and goes when it has one. */
  @Column('jsonb', { name: 'pending_registration', nullable: true })
  pendingRegistration!: StoreRegistration | null;

  /** Of the last submission; late answers to another change nothing. */
  @Column('uuid', { name: 'registration_submission_id', nullable: true })
  registrationSubmissionId!: string | null;

  @Column({ ...instantColumn, name: 'registration_submitted_at', nullable: true })
  registrationSubmittedAt!: Date | null;

  @Column('text', { name: 'registration_submitted_by', nullable: true })
  registrationSubmittedBy!: string | null;

  /** Alipay's code, when it would not take the last submission. */
  @Column('text', { name: 'registration_failure_code', nullable: true })
  registrationFailureCode!: string | null;

  /** When Alipay last told where the registration stands. */
  @Column({ ...instantColumn, name: 'registration_told_at', nullable: true })
  registrationToldAt!: Date | null;

  /** Calls for the pending submission; then questions about its review. */
  @Column('int', { name: 'registration_attempts' })
  registrationAttempts!: number;

  /** When the background asks Alipay again; null when there is nothing to ask. */
  @Column({ ...instantColumn, name: 'registration_check_at', nullable: true })
  registrationCheckAt!: Date | null;

  @Column({ ...instantColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instantColumn, name: 'updated_at' })
  updatedAt!: Date;
}
