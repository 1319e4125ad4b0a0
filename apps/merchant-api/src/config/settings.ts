export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads settings one by one, and gathers what is wrong with them instead of stopping at the first. */
export interface Settings {
  readonly problems: readonly string[];
  problem(text: string): void;
  optional(name: string): string | undefined;
  required(name: string): string;
  url(name: string, protocols: readonly string[]): string;
  integer(
    name: string,
    bounds: { readonly default: number; readonly min: number; readonly max: number },
  ): number;
  oneOf<Word extends string>(name: string, words: readonly Word[], fallback?: Word): Word;
  /** Parted by commas. Of commas alone it is refused: nobody means a list of nothing. */
  list(name: string): string[] | undefined;
  /** `NAME`, or the content of the file that `NAME_FILE` names. */
  secret(name: string): string | undefined;
}

/** An empty value counts as not given: that is how a compose file leaves one out. */
export function createSettings(env: Environment, readFile: (path: string) => string): Settings {
  const problems: string[] = [];
  const problem = (text: string): void => {
    if (!problems.includes(text)) problems.push(text);
  };
  const optional = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value === '' ? undefined : value;
  };
  const required = (name: string): string => {
    const value = optional(name);
    if (value === undefined) problem(`${name} is missing`);
    return value ?? '';
  };

  return {
    problems,
    problem,
    optional,
    required,
    url: (name, protocols) => {
      const text = required(name);
      if (text === '') return '';
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url === undefined) problem(`${name} is no URL`);
      else if (!protocols.includes(url.protocol)) {
        problem(`${name} must begin with ${protocols.map((one) => `${one}//`).join(' or ')}`);
      }
      return text;
    },
    integer: (name, bounds) => {
      const text = optional(name);
      if (text === undefined) return bounds.default;
      const value = Number(text);
      if (/^\d+$/.test(text) && value >= bounds.min && value <= bounds.max) return value;
      problem(`${name} is no whole number from ${bounds.min} to ${bounds.max}`);
      return bounds.default;
    },
    oneOf: (name, words, fallback) => {
      const text = optional(name);
      const word = text === undefined ? fallback : words.find((one) => one === text);
      if (word !== undefined) return word;
      problem(text === undefined ? `${name} is missing` : `${name} is none of ${words.join(', ')}`);
      const [first] = words;
      if (first === undefined) throw new Error(`${name} has no words`);
      return first;
    },
    list: (name) => {
      const items = optional(name)
        ?.split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      if (items?.length === 0) problem(`${name} holds nothing but commas: leave it out or fill it`);
      return items;
    },
    secret: (name) => {
      const path = optional(`${name}_FILE`);
      const value = optional(name);
      if (path === undefined) return value;
      if (value !== undefined) problem(`${name} and ${name}_FILE are both set: keep one of them`);
      try {
        return readFile(path).trim();
      } catch {
        problem(`the file that ${name}_FILE names cannot be read`);
        return undefined;
      }
    },
  };
}
