import { Column, Entity, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../database/columns';
import { type Role } from '../domain';

/** A program's way in: what it may do, and how its secret is known again. */
@Entity('api_keys')
export class ApiKey {
  @PrimaryColumn('uuid')
  id!: string;

  /** For people: what it is for. */
  @Column('text')
  name!: string;

  @Column('text')
  role!: Role;

  /** Null means all, an empty list none. */
  @Column('uuid', { name: 'store_ids', array: true, nullable: true })
  storeIds!: string[] | null;

  /** The most it may give back in one refund or cancel; null means no limit. */
  @Column({ ...bigintColumn, name: 'refund_limit_minor', nullable: true })
  refundLimitMinor!: bigint | null;

  @Column('text', { name: 'refund_limit_currency', nullable: true })
  refundLimitCurrency!: string | null;

  /** How the secret begins: no secret itself, and how its row is found. */
  @Column('text')
  prefix!: string;

  /** SHA-256 of the whole secret. Read only where a secret is checked. */
  @Column('bytea', { name: 'secret_hash', select: false })
  secretHash!: Buffer;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column({ ...instantColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instantColumn, name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** To the minute: a key in use is not written down at each request. */
  @Column({ ...instantColumn, name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column({ ...instantColumn, name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column('text', { name: 'revoked_by', nullable: true })
  revokedBy!: string | null;
}
