import { Column, Entity, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../database/columns';

/** These books came back from a backup. While one is open, older payments are in doubt. */
@Entity('restorations')
export class Restoration {
  @PrimaryColumn('uuid')
  id!: string;

  /** The last moment the books know of. */
  @Column({ ...instantColumn, name: 'books_until' })
  booksUntil!: Date;

  /** Payments made before this may have been refunded without the books knowing. */
  @Column({ ...instantColumn, name: 'noticed_at' })
  noticedAt!: Date;

  @Column({ ...instantColumn, name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('text', { name: 'ended_by', nullable: true })
  endedBy!: string | null;

  /** How the person knows that nothing is missing any more. */
  @Column('text', { nullable: true })
  note!: string | null;
}
