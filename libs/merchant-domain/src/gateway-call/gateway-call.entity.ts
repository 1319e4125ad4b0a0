import { Column, Entity, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../database/columns';

export type GatewayOutcome = 'SUCCEEDED' | 'REJECTED' | 'UNKNOWN';

/** One call to Alipay, kept for support and audit; secrets are masked before it comes here. */
@Entity('gateway_calls')
export class GatewayCall {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  service!: string;

  @Column('text')
  outcome!: GatewayOutcome;

  @Column('text', { name: 'alipay_code', nullable: true })
  alipayCode!: string | null;

  /** Why the outcome is unknown, for a person. */
  @Column('text', { nullable: true })
  cause!: string | null;

  @Column({ ...instantColumn, name: 'started_at' })
  startedAt!: Date;

  @Column('int', { name: 'duration_ms' })
  durationMs!: number;

  @Column('jsonb')
  request!: Record<string, string>;

  @Column('jsonb', { nullable: true })
  response!: Record<string, string> | null;

  @Column('uuid', { name: 'transaction_id', nullable: true })
  transactionId!: string | null;

  @Column('uuid', { name: 'store_id', nullable: true })
  storeId!: string | null;

  /** Whose request made us ask; null for calls of before it was noted. */
  @Column('text', { nullable: true })
  actor!: string | null;
}
