import { GraphQLError, GraphQLScalarType, Kind, print } from 'graphql';

/** Which currencies a code may take is for the domain to say; this is their spelling. */
export const CurrencyCode = new GraphQLScalarType<string, string>({
  name: 'CurrencyCode',
  description: 'A currency by its three capital letters (ISO 4217), for instance "HKD".',
  serialize: (value) => asCurrencyCode(value),
  parseValue: (value) => asCurrencyCode(value),
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING) return asCurrencyCode(node.value);
    throw notCurrencyCode(print(node));
  },
});

function asCurrencyCode(value: unknown): string {
  if (typeof value === 'string' && /^[A-Z]{3}$/.test(value)) return value;
  throw notCurrencyCode(JSON.stringify(value));
}

function notCurrencyCode(shown: string): GraphQLError {
  return new GraphQLError(
    `${shown.slice(0, 60)} is no CurrencyCode: write three capital letters, for instance "HKD".`,
    { extensions: { code: 'BAD_USER_INPUT' } },
  );
}
