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

  @Column({ ...instantColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instantColumn, name: 'updated_at' })
  updatedAt!: Date;
}
