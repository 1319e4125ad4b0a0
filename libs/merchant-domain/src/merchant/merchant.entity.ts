import { Column, Entity, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../database/columns';

export type MerchantType = 'INDIVIDUAL' | 'ENTERPRISE';

/** Alipay's secondary merchant: whose name a customer reads in the wallet. */
@Entity('merchants')
export class Merchant {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'alipay_merchant_id' })
  alipayMerchantId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  type!: MerchantType;

  /** Four-digit merchant category code. */
  @Column('text')
  industry!: string;

  @Column({ ...instantColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instantColumn, name: 'updated_at' })
  updatedAt!: Date;
}
