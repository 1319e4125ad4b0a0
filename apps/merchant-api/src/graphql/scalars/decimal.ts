import { GraphQLError, GraphQLScalarType, Kind, print } from 'graphql';

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Text in and text out, so that no amount ever passes through a floating-point number. The scalar
 * checks the spelling of a number only; whether it is an amount is for the domain to say.
 */
export const Decimal = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description:
    'An exact decimal number, always written as a string, for instance "12.50". Send it as a string too: a JSON number may lose digits on its way.',
  serialize: (value) => asDecimal(value),
  parseValue: (value) => asDecimal(value),
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT) {
      return asDecimal(node.value);
    }
    throw notDecimal(print(node));
  },
});

function asDecimal(value: unknown): string {
  if (typeof value === 'string' && DECIMAL.test(value)) return value;
  throw notDecimal(JSON.stringify(value));
}

function notDecimal(shown: string): GraphQLError {
  return new GraphQLError(
    `${shown.slice(0, 60)} is no Decimal: write an exact decimal number as a string, for instance "12.50".`,
    { extensions: { code: 'BAD_USER_INPUT' } },
  );
}
