import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTime, GraphQLJSONObject, GraphQLLocalDate } from 'graphql-scalars';

export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  name: 'DateTime',
  description: 'An instant in UTC as RFC 3339 writes it, for instance "2026-01-02T07:04:05.000Z".',
});

export const JSONObject = new GraphQLScalarType({
  ...GraphQLJSONObject.toConfig(),
  name: 'JSONObject',
  description: 'Names and values as a JSON object, where the names differ from case to case.',
});

export const LocalDate = new GraphQLScalarType<string, string>({
  ...GraphQLLocalDate.toConfig(),
  name: 'LocalDate',
  description: 'A day without a time as ISO 8601 writes it, for instance "2026-01-02".',
});

/** Shown as Alipay gave it, even when a strict parser would stumble: it must never hide a record. */
export const Url = new GraphQLScalarType<string, string>({
  name: 'URL',
  description: 'The address of something on the web.',
  serialize: (value) => String(value),
  parseValue: (value) => String(value),
});
