import { Column, Entity, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../database/columns';
import { fieldsIn } from './notification-content';

export type NotificationStatus = 'RECEIVED' | 'APPLIED' | 'QUARANTINED' | 'REFUSED';

/** One message of Alipay's, kept as it came; committed before it is acknowledged. */
@Entity('notifications')
export class Notification {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'notify_id', nullable: true })
  notifyId!: string | null;

  /** Over what it says, without the time of sending and the signature: a resend has the same. */
  @Column('text', { name: 'content_hash' })
  contentHash!: string;

  @Column('text')
  status!: NotificationStatus;

  @Column('text', { nullable: true })
  reason!: string | null;

  /** The code whose secret token the URL carried; null when unknown or missing. */
  @Column('uuid', { name: 'qr_code_id', nullable: true })
  qrCodeId!: string | null;

  @Column('uuid', { name: 'transaction_id', nullable: true })
  transactionId!: string | null;

  @Column('text', { name: 'trade_no', nullable: true })
  tradeNo!: string | null;

  @Column('text', { name: 'content_type', nullable: true })
  contentType!: string | null;

  @Column('bytea')
  body!: Buffer;

  /** In quarantine until a query of ours confirms the trade, whoever asks. */
  @Column('boolean', { name: 'awaits_query' })
  awaitsQuery!: boolean;

  /** When the background asks Alipay about a quarantined message; null when it does not. */
  @Column({ ...instantColumn, name: 'next_check_at', nullable: true })
  nextCheckAt!: Date | null;

  @Column('int')
  attempts!: number;

  @Column({ ...instantColumn, name: 'received_at' })
  receivedAt!: Date;

  @Column({ ...instantColumn, name: 'applied_at', nullable: true })
  appliedAt!: Date | null;

  /** The verified fields; null for a message that did not verify. */
  get fields(): Record<string, string> | null {
    return this.status === 'REFUSED' ? null : fieldsIn(this.body, this.contentType);
  }
}
