import { Column, Entity, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../database/columns';
import { type DiscrepancyKind } from './matching.rules';

/** HEALED: the statement itself repaired our record. NOT_YET_DUE: a later file will tell. */
export type DiscrepancyStatus = 'OPEN' | 'NOT_YET_DUE' | 'RESOLVED' | 'HEALED';

/** Where a statement and our books disagree: which field, both values, file and line. */
@Entity('discrepancies')
export class Discrepancy {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'statement_id' })
  statementId!: string;

  @Column('text')
  kind!: DiscrepancyKind;

  @Column('text')
  status!: DiscrepancyStatus;

  @Column('uuid', { name: 'transaction_id', nullable: true })
  transactionId!: string | null;

  @Column('uuid', { name: 'refund_id', nullable: true })
  refundId!: string | null;

  @Column('text', { nullable: true })
  field!: string | null;

  /** What our books say. */
  @Column('text', { nullable: true })
  expected!: string | null;

  /** What the statement says. */
  @Column('text', { nullable: true })
  actual!: string | null;

  @Column('int', { name: 'line_number', nullable: true })
  lineNumber!: number | null;

  @Column('text', { nullable: true })
  note!: string | null;

  @Column('text', { name: 'resolved_by', nullable: true })
  resolvedBy!: string | null;

  @Column({ ...instantColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instantColumn, name: 'resolved_at', nullable: true })
  resolvedAt!: Date | null;
}
