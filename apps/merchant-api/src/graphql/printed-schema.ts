import { type Domain } from '@countersign/merchant-domain';
import { type GraphQLSchema, printSchema } from 'graphql';

import { withAccessTable } from './access-table';
import { buildApiSchema } from './build-schema';
import { errorCodesPage } from './error-codes-page';
import { limitsPage } from './limits/limits-page';

/** The resolvers only keep it; nothing is ever asked of it. */
const NOTHING_BEHIND: Partial<Domain> = {};

/** The schema as text, without a database or a gateway: printing resolves nothing. */
export function printApiSchema(): string {
  return `${printSchema(bareSchema())}\n`;
}

/** The page about access, with the rules of now. */
export function printAccessPage(page: string): string {
  return withAccessTable(page, bareSchema());
}

/** The page about error codes. */
export function printErrorCodesPage(): string {
  return errorCodesPage(bareSchema());
}

/** The page about limits, with what these operations cost. */
export function printLimitsPage(operations: readonly string[]): string {
  return limitsPage(bareSchema(), operations);
}

function bareSchema(): GraphQLSchema {
  return buildApiSchema({
    domain: NOTHING_BEHIND as Domain,
    notifyVerifier: { signType: 'MD5', verify: () => false },
  });
}
