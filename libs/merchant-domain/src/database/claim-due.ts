import { type EntityTarget, In, type ObjectLiteral } from 'typeorm';

import { type Domain } from '../domain';

/**
 * Takes what is due for one more attempt: counts the attempt and leases the row for as long as a
 * call may last, in one committed statement, before anything is sent. Several workers share the
 * work; what a dead one held comes due again when its lease ends, and what waits for longer than any
 * pause of ours when it is seen: it was put off by a clock that has been set back since.
 */
export async function claimDue<Row extends ObjectLiteral & { id: string }>(
  domain: Domain,
  entity: EntityTarget<Row>,
  claim: {
    readonly due: string;
    readonly attempts: string;
    readonly limit: number;
    /** A column that says how long a call may be under way, where somebody asks for it. */
    readonly lease?: string;
  },
): Promise<Row[]> {
  const { manager } = domain.database;
  const { tableName, columns } = manager.dataSource.getMetadata(entity);
  const now = domain.now();
  const until = inFlightUntil(domain, 2);
  const lease = claim.lease === undefined ? '' : `, ${claim.lease} = $1`;
  const [rows]: [{ id: string }[], number] = await manager.query(
    `update ${tableName} set ${claim.due} = $1, ${claim.attempts} = ${claim.attempts} + 1${lease}
     where id in (select id from ${tableName} where ${claim.due} <= $2 or ${claim.due} > $4
                  order by ${claim.due} limit $3 for no key update skip locked)
     returning id`,
    [until, now, claim.limit, new Date(now.getTime() + LONGEST_WAIT_MS)],
  );
  const due = columns.find(({ databaseName }) => databaseName === claim.due);
  const claimed = await manager.find(entity, {
    where: { id: In(rows.map((row) => row.id)) } as never,
  });
  // What somebody has settled meanwhile is not ours to ask about any more.
  return claimed.filter((row) => +(due?.getEntityValue(row) as Date) === +until);
}

/** The longest pause, that of a review, is an hour. */
const LONGEST_WAIT_MS = 2 * 3_600_000;

const LEASE_MARGIN_MS = 5_000;
const GATEWAY_TIMEOUT_MS = 10_000;

/**
 * Whether a call may still leave that its row's lease covers. One that was held up for longer than
 * that must not: others may have asked meanwhile, and have given the deed up.
 */
export function mayStillLeave(domain: Domain, leasedUntil: Date | null): boolean {
  if (leasedUntil === null) return false;
  return domain.now().getTime() + gatewayTimeoutMsOf(domain) <= leasedUntil.getTime();
}

/**
 * How long a call to Alipay may take. The client ends it, so that what it says counts where the host has said
 * less, or nothing: of a call that outlives its lease a repeat could be refused, and the deed be given up.
 */
export function gatewayTimeoutMsOf({ gatewayTimeoutMs, alipay }: Domain): number {
  return Math.max(gatewayTimeoutMs ?? GATEWAY_TIMEOUT_MS, alipay.timeoutMs ?? 0);
}

/** What a call comes to that was not made because it would have left too late. */
export const HELD_UP = {
  kind: 'UNKNOWN',
  cause: new Error('the call was held up for too long, and was not sent'),
} as const;

/** Until when a row is left alone because calls about it may be under way. */
export function inFlightUntil(domain: Domain, calls = 1): Date {
  return new Date(domain.now().getTime() + calls * gatewayTimeoutMsOf(domain) + LEASE_MARGIN_MS);
}
