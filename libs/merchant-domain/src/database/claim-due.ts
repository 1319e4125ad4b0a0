import { type EntityTarget, In, type ObjectLiteral } from 'typeorm';

import { type Domain } from '../domain';

/**
 * Takes what is due for one more attempt: counts the attempt and leases the row for as long as a
 * call may last, in one committed statement, before anything is sent. Several workers share the
 * work; what a dead one held comes due again when its lease ends.
 */
export async function claimDue<Row extends ObjectLiteral & { id: string }>(
  domain: Domain,
  entity: EntityTarget<Row>,
  claim: { readonly due: string; readonly attempts: string; readonly limit: number },
): Promise<Row[]> {
  const { manager } = domain.database;
  const { tableName } = manager.dataSource.getMetadata(entity);
  const [rows]: [{ id: string }[], number] = await manager.query(
    `update ${tableName} set ${claim.due} = $1, ${claim.attempts} = ${claim.attempts} + 1
     where id in (select id from ${tableName} where ${claim.due} <= $2
                  order by ${claim.due} limit $3 for update skip locked)
     returning id`,
    [inFlightUntil(domain, 2), domain.now(), claim.limit],
  );
  return manager.find(entity, { where: { id: In(rows.map((row) => row.id)) } as never });
}

const LEASE_MARGIN_MS = 5_000;

/** Until when a row is left alone because calls about it may be under way. */
export function inFlightUntil(domain: Domain, calls = 1): Date {
  const gatewayTimeoutMs = domain.gatewayTimeoutMs ?? 10_000;
  return new Date(domain.now().getTime() + calls * gatewayTimeoutMs + LEASE_MARGIN_MS);
}
