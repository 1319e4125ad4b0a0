import { Column, Entity, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../database/columns';

export type StatementKind = 'TRANSACTION' | 'SETTLEMENT';

/** REJECTED: the file cannot be used, and nothing of it was. */
export type StatementStatus = 'RECONCILED' | 'DISCREPANCIES' | 'REJECTED';

/** One of Alipay's daily files, as it was imported (PROTOCOL.md §11). */
@Entity('statements')
export class Statement {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  kind!: StatementKind;

  /** The Beijing day the file is about, `yyyy-MM-dd`. */
  @Column('date')
  date!: string;

  @Column('text', { name: 'file_name' })
  fileName!: string;

  /** Of the bytes as they came: the same file again is the same statement. */
  @Column('text', { nullable: true })
  sha256!: string | null;

  /** Null while it is being imported. */
  @Column('text', { nullable: true })
  status!: StatementStatus | null;

  /** Why it was rejected, with line and column, for a person. */
  @Column('text', { nullable: true })
  rejection!: string | null;

  @Column('int', { name: 'line_count' })
  lineCount!: number;

  /** Lines that agreed with the books as they stood. */
  @Column('int', { name: 'matched_count' })
  matchedCount!: number;

  /** The corrected file that took its place. */
  @Column('uuid', { name: 'superseded_by', nullable: true })
  supersededBy!: string | null;

  /** The file server's own words about the file, when it came from there: bytes, and the time. */
  @Column({ ...bigintColumn, name: 'delivered_size', nullable: true })
  deliveredSize!: bigint | null;

  @Column({ ...instantColumn, name: 'delivered_at', nullable: true })
  deliveredAt!: Date | null;

  @Column('text', { name: 'imported_by' })
  importedBy!: string;

  @Column({ ...instantColumn, name: 'started_at' })
  startedAt!: Date;

  @Column({ ...instantColumn, name: 'imported_at', nullable: true })
  importedAt!: Date | null;
}
