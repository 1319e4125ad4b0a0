import { registerEnumType } from 'type-graphql';

/** An enum of the schema from the words of the domain, each with a sentence for a person. */
export function describedEnum<Value extends string>(
  name: string,
  description: string,
  sentences: Readonly<Record<Value, string>>,
): Record<Value, Value> {
  const values = Object.keys(sentences) as Value[];
  const words = Object.fromEntries(values.map((value) => [value, value])) as Record<Value, Value>;
  const valuesConfig = Object.fromEntries(
    values.map((value) => [value, { description: sentences[value] }]),
  ) as Record<Value, { description: string }>;
  registerEnumType(words, { name, description, valuesConfig });
  return words;
}
