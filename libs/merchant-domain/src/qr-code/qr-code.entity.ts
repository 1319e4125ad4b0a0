import { Column, Entity, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../database/columns';

export type QrCodeStatus = 'PENDING' | 'ACTIVE' | 'STOPPED' | 'DELETED' | 'REJECTED';
export type ChannelFeeType = 'FIXED' | 'RATE';

/** What was asked of Alipay for a code and has no answer yet. */
export type PendingQrCodeChange = 'CREATE' | 'IMPORT' | 'MODIFY' | 'STOP' | 'RESTART' | 'DELETE';

/** What a pending MODIFY will make of the records once Alipay says yes; only what it changes. */
export interface PendingModification {
  readonly label?: string | null;
  readonly storeName?: string;
  readonly merchantName?: string;
  readonly address?: string;
  readonly channelFeeType?: ChannelFeeType;
  readonly channelFeeValue?: string;
}

@Entity('qr_codes')
export class QrCode {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'store_id' })
  storeId!: string;

  /** The value Alipay issued, the text inside the picture; null while PENDING. */
  @Column('text', { nullable: true })
  code!: string | null;

  @Column('text', { name: 'alipay_image_url', nullable: true })
  alipayImageUrl!: string | null;

  @Column('text')
  status!: QrCodeStatus;

  @Column('text', { name: 'pending_change', nullable: true })
  pendingChange!: PendingQrCodeChange | null;

  @Column('jsonb', { name: 'pending_modification', nullable: true })
  pendingModification!: PendingModification | null;

  @Column('int')
  attempts!: number;

  /** When the background asks Alipay again; null when nothing is pending. */
  @Column({ ...instantColumn, name: 'next_check_at', nullable: true })
  nextCheckAt!: Date | null;

  @Column('text', { name: 'rejection_code', nullable: true })
  rejectionCode!: string | null;

  /** The code that Alipay gave once more in place of a new one: what is paid at this address is paid there. */
  @Column('uuid', { name: 'same_as', nullable: true })
  sameAsId!: string | null;

  @Column('text', { nullable: true })
  label!: string | null;

  @Column('text', { name: 'transaction_currency' })
  transactionCurrency!: string;

  @Column('text', { name: 'settlement_currency' })
  settlementCurrency!: string;

  /** Its presence tells a store's two codes apart; it can be changed, never dropped. */
  @Column('text', { name: 'channel_fee_type', nullable: true })
  channelFeeType!: ChannelFeeType | null;

  /** FIXED: an amount, "1.50"; RATE: the fraction on the wire, "0.01". */
  @Column('text', { name: 'channel_fee_value', nullable: true })
  channelFeeValue!: string | null;

  @Column({ ...instantColumn, name: 'last_notified_at', nullable: true })
  lastNotifiedAt!: Date | null;

  @Column({ ...instantColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instantColumn, name: 'updated_at' })
  updatedAt!: Date;
}
