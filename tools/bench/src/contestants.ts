import { type Round } from './run-round';

/** Who is measured; what each one is, for a table's head. */
export const CONTESTANTS = {
  bare: 'bare loop',
  bareAgain: 'bare loop again',
  bareAlone: 'bare loop, one insert each',
  typical: 'express, alipay-sdk, TypeORM',
  route: 'API, route alone',
  whole: 'API, paid and pushed',
  wholeAsking: 'API, and wallet asked for',
} as const;

export type Contestant = keyof typeof CONTESTANTS;

export type Rounds = Readonly<Partial<Record<Contestant, readonly Round[]>>>;
