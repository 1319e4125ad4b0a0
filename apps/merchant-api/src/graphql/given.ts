type Given<Values> = { [Name in keyof Values]?: Exclude<Values[Name], null | undefined> };

/** Only what was given: in GraphQL an explicit null means the same as leaving a value out. */
export function given<Values extends object>(values: Values): Given<Values> {
  const pairs = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(pairs) as Given<Values>;
}
