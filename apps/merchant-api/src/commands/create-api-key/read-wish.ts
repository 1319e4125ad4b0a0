import { type ApiKeyWish, type Role } from '@countersign/merchant-domain';

import { uuidOf } from '../../graphql/node-id';
import { CommandStopped } from '../command-stopped';

/** What stands on the command line, as it was typed. */
export interface Given {
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  readonly stores?: string | undefined;
  readonly 'refund-limit'?: string | undefined;
  readonly expires?: string | undefined;
}

const ROLES: readonly Role[] = ['OWNER', 'MANAGER', 'CASHIER', 'AUDITOR'];
const NAME_DEFAULT = 'made on the command line';

/** The key that is wanted; what exactly it may be is for the domain to say. */
export function readWish(given: Given): ApiKeyWish {
  const role = ROLES.find((known) => known === given.role?.toUpperCase());
  if (role === undefined) {
    throw new CommandStopped(`Say what the key may do: --role ${ROLES.join(' | ')}.`);
  }
  const { stores, expires, 'refund-limit': limit } = given;
  return {
    role,
    name: given.name ?? NAME_DEFAULT,
    ...(stores === undefined ? {} : { storeIds: readStores(stores) }),
    ...(limit === undefined ? {} : { refundLimit: readLimit(limit) }),
    ...(expires === undefined ? {} : { expiresAt: readInstant(expires) }),
  };
}

function readStores(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .filter((id) => id !== '')
    .map((id) => {
      const uuid = uuidOf('Store', id);
      if (uuid !== null) return uuid;
      throw new CommandStopped(`${id} is not the id of a store: write it as the API shows it.`);
    });
}

function readLimit(text: string): { amount: string; currency: string } {
  const [, amount, currency] = /^(\S+) +([A-Z]{3})$/.exec(text.trim()) ?? [];
  if (amount !== undefined && currency !== undefined) return { amount, currency };
  throw new CommandStopped('Write the limit with its currency: --refund-limit "200.00 HKD".');
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

function readInstant(text: string): Date {
  const instant = new Date(text);
  if (INSTANT.test(text) && !Number.isNaN(instant.getTime())) return instant;
  throw new CommandStopped(
    'Write the end as a day (its midnight in UTC) or an instant: --expires 2027-01-01T00:00:00+08:00.',
  );
}
