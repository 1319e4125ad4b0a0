import { randomBytes, randomInt } from 'node:crypto';

/** The only source of chance: numbers that Alipay mints, and words nobody can guess. */
export interface Chance {
  readonly digits: (length: number) => string;
  readonly token: () => string;
}

export function createChance(): Chance {
  return {
    digits: (length) => Array.from({ length }, () => String(randomInt(10))).join(''),
    token: () => randomBytes(16).toString('hex'),
  };
}
