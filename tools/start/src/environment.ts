export type Environment = Readonly<Record<string, string | undefined>>;
export type Values = Readonly<Record<string, string>>;

/** A value of the environment; an empty one counts as not given. */
export function given(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
