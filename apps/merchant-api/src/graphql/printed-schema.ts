import { type Domain } from '@countersign/merchant-domain';
import { printSchema } from 'graphql';

import { buildApiSchema } from './build-schema';

/** The resolvers only keep it; nothing is ever asked of it. */
const NOTHING_BEHIND: Partial<Domain> = {};

/** The schema as text, without a database or a gateway: printing resolves nothing. */
export function printApiSchema(): string {
  const schema = buildApiSchema({
    domain: NOTHING_BEHIND as Domain,
    notifyVerifier: { signType: 'MD5', verify: () => false },
  });
  return `${printSchema(schema)}\n`;
}
