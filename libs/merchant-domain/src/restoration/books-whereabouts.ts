import { type EntityManager } from 'typeorm';

import { findOpenRestoration } from './restoration.queries';
import { type Restoration } from './restoration.entity';

export interface Whereabouts {
  /** Which database this is, and which of its transactions wrote down that the books are in it. */
  readonly here: string;
  readonly remembered: string | null;
  /** They came out of a backup, into this database or another one, and nobody has noticed yet. */
  readonly wereRestored: boolean;
  /** Out of a dump, that is: each row was written anew. */
  readonly wereReadBack: boolean;
}

/**
 * Where the books are, and where they remember to be. A row keeps the number of the transaction that
 * wrote it: `xmin`, over a fail-over and every VACUUM. One that names another than its own was
 * written by whoever read the dump, also one that was read back into its own database.
 */
export async function findWhereabouts(manager: EntityManager): Promise<Whereabouts> {
  const [row]: { remembered: string | null; place: string; written_by: string }[] =
    await manager.query(
      `select database_identity as remembered, place, xmin::text as written_by
       from deployment, (${PLACE}) as places`,
    );
  if (row === undefined) throw new Error('PostgreSQL does not say which database this is.');
  const { remembered, place, written_by: writtenBy } = row;
  const here = `${place}/${writtenBy}`;
  // The place alone is what earlier versions wrote.
  const [, , rememberedBy = writtenBy] = remembered?.split('/') ?? [];
  return {
    here,
    remembered,
    wereRestored: ![null, here, place].includes(remembered),
    wereReadBack: rememberedBy !== writtenBy,
  };
}

/** Nothing else may write into that row, nor rewrite its table. */
export async function rememberWhereabouts(manager: EntityManager): Promise<void> {
  await manager.query(REMEMBER);
}

/**
 * Of books that remember nothing yet: from then on a restore of them is noticed, also where the host never
 * asks. Where they remember another place a restore waits to be noticed, and stays.
 */
export async function rememberFirstWhereabouts(manager: EntityManager): Promise<void> {
  await manager.query(`${REMEMBER} where database_identity is null`);
}

/** PostgreSQL's system identifier and the database's id. */
const PLACE = `select system_identifier || '/' || oid as place
  from pg_control_system(), pg_database where datname = current_database()`;

const REMEMBER = `update deployment set database_identity = place || '/' || (pg_current_xact_id()::xid)
  from (${PLACE}) as places`;

/**
 * Until when payments are in doubt: that is asked before anything is given back. All are while the books
 * wait for a process that notices that they were restored, as when it was done under a running one.
 */
export async function findDoubts(
  manager: EntityManager,
): Promise<Pick<Restoration, 'noticedAt'> | null> {
  const { wereRestored } = await findWhereabouts(manager);
  return wereRestored ? { noticedAt: END_OF_TIME } : findOpenRestoration(manager);
}

const END_OF_TIME = new Date(8.64e15);
