import fc from 'fast-check';

import {
  ACQUIRE_CANCEL,
  OVERSEAS_QUERY,
  QRCODE_CREATE,
  QRCODE_MODIFY,
  QRCODE_MODIFY_STATUS,
  REFUND_QUERY,
  SPOT_REFUND,
} from '../lost-answers';
import { LOST_AFTER_EFFECT, MAIL_TROUBLES, MISHAPS, type Mishap, refusalsIn } from './faults';

/** One day of one shop: what is done there, in which order, and what goes wrong meanwhile. */
export interface Schedule {
  readonly currency: string;
  readonly openingMishaps: readonly Mishap[];
  readonly commands: readonly Command[];
  /** For a round in which a backup is restored. */
  readonly restored: Restored;
}

export interface Restored {
  /** The first of the round decides when the backup is made: after so many commands. */
  readonly backUpAfter: number;
  /** Whether the till does other things first, before it sends again what it had asked for since. */
  readonly newFirst: boolean;
  /** What goes wrong with the requests that are sent again, in their order. */
  readonly mishaps: readonly (readonly Mishap[])[];
  readonly afterwards: readonly Command[];
}

/** Numbers of codes and trades count round those that there are. */
interface AboutTrade {
  readonly trade: number;
  readonly mishaps: readonly Mishap[];
}
interface AboutCode {
  readonly code: number;
  readonly mishaps: readonly Mishap[];
}

export type Business =
  | {
      readonly kind: 'pay';
      readonly code: number;
      readonly minor: number;
      readonly wallet: 'ALIPAYHK' | 'ALIPAYCN' | 'ALIPAYPLUS';
      readonly paid: boolean;
      readonly mishaps: readonly Mishap[];
    }
  | (AboutTrade & { readonly kind: 'claim'; readonly sale: string })
  | (AboutTrade & {
      readonly kind: 'refund';
      readonly share: Share;
      readonly key: string;
      readonly reason: boolean;
      /** The last one about this payment once more, to the letter. */
      readonly again: boolean;
    })
  | (AboutTrade & {
      readonly kind: 'cancel';
      /** The message about its effect is lost at first, so that only answers can tell. */
      readonly unheard: boolean;
      /** Just before the Beijing midnight, so that it is under way when its window ends. */
      readonly atMidnight: boolean;
    })
  | (AboutTrade & { readonly kind: 'refresh' })
  | (AboutTrade & {
      readonly kind: 'recover';
      readonly by: 'both' | 'partner' | 'alipay';
      readonly where: boolean;
    })
  | (AboutCode & { readonly kind: 'stop' | 'restart' | 'modify' | 'delete' })
  | { readonly kind: 'create'; readonly fee: boolean; readonly mishaps: readonly Mishap[] };

export type Portion = 'all' | 'half' | 'third' | 'cent';
export type Share = Portion | 'rest' | 'too much' | 'nothing' | 'foreign';

export type AtTheGateway =
  | {
      readonly kind: 'pay later' | 'close' | 'finish' | 'freeze' | 'resend';
      readonly trade: number;
    }
  | {
      readonly kind: 'refund elsewhere';
      readonly trade: number;
      readonly share: Portion;
      /** Whether Alipay's message of it is lost at first. */
      readonly unheard: boolean;
    }
  | { readonly kind: 'cancel elsewhere'; readonly trade: number; readonly unheard: boolean }
  | { readonly kind: 'mail trouble'; readonly trouble: string; readonly times: number }
  | {
      readonly kind: 'forge';
      readonly trade: number;
      readonly how: Forgery;
    };

export type Forgery =
  | ('other seller' | 'other content' | 'no token' | 'copy' | 'garbled')
  | ('no amount' | 'no payment time' | 'other code');

export type Nature =
  | { readonly kind: 'kill'; readonly afterMs: number }
  | { readonly kind: 'sever'; readonly afterMs: number; readonly awayMs: number }
  | { readonly kind: 'lose gateway'; readonly awayMs: number }
  | { readonly kind: 'second'; readonly wrongKey: boolean }
  | { readonly kind: 'calm' }
  | { readonly kind: 'clock'; readonly minutes: number }
  | { readonly kind: 'skew'; readonly minutes: number }
  /** The product's clock alone; the next one sets it back. */
  | { readonly kind: 'astray'; readonly hours: number };

export type People =
  | { readonly kind: 'turn'; readonly aheadMs: number }
  | {
      readonly kind: 'resolve';
      readonly trade: number;
      /** Whether somebody then asks for the refund again, with its key. */
      readonly then: 'nothing' | 'same' | 'other amount';
    }
  | { readonly kind: 'replay'; readonly message: number }
  | { readonly kind: 'reverify' }
  /** The files of a day that may not be over; the settlement may come first. */
  | { readonly kind: 'statements'; readonly daysAgo: number; readonly reversed: boolean };

export type Single = Business | AtTheGateway | Nature | People;
export type Command =
  Single | { readonly kind: 'together'; readonly commands: readonly (Business | Nature)[] };

/** Each of them must have happened in any run worth the name. */
export const COMMAND_KINDS = [
  ...(['pay', 'claim', 'refund', 'cancel', 'refresh', 'recover'] as const),
  ...(['stop', 'restart', 'modify', 'delete', 'create'] as const),
  ...(['pay later', 'close', 'finish', 'freeze', 'resend', 'mail trouble', 'forge'] as const),
  ...(['refund elsewhere', 'cancel elsewhere'] as const),
  ...(['kill', 'sever', 'lose gateway', 'second', 'calm', 'clock', 'skew', 'astray'] as const),
  ...(['turn', 'resolve', 'replay', 'reverify', 'statements', 'together'] as const),
] as const satisfies readonly Command['kind'][];

const number = fc.nat({ max: 7 });

function oneIn(times: number): boolean[] {
  return Array.from({ length: times }, (_, index) => index === times - 1);
}

function mishap(...services: readonly string[]): fc.Arbitrary<Mishap> {
  return fc.constantFrom(...services).chain((service) =>
    fc.record({
      service: fc.constant(service),
      kind: fc.constantFrom(...(MISHAPS[service] ?? [])),
      times: fc.constantFrom(1, 1, 1, 2, 2, 3, 4),
    }),
  );
}

/** Half of the deeds go well. */
function mishaps(...services: readonly string[]): fc.Arbitrary<readonly Mishap[]> {
  return fc.oneof(
    { arbitrary: fc.constant([]), weight: 5 },
    { arbitrary: fc.array(mishap(...services), { minLength: 1, maxLength: 3 }), weight: 5 },
  );
}

/** The first call takes effect unknown, and those after it are refused: the hardest to get right. */
function doneAndRefused(service: string): fc.Arbitrary<readonly Mishap[]> {
  return fc
    .tuple(
      fc.constantFrom(...LOST_AFTER_EFFECT),
      fc.constantFrom(...refusalsIn(service)),
      fc.constantFrom(1, 2, 3),
    )
    .map(([lost, refusal, times]) => [
      { service, kind: lost, times: 1 },
      { service, kind: refusal, times },
    ]);
}

const pay: fc.Arbitrary<Business> = fc.record({
  kind: fc.constant('pay' as const),
  code: number,
  minor: fc.constantFrom(1, 7, 100, 1000, 1250, 9_999_999, 999_999_999),
  wallet: fc.constantFrom('ALIPAYHK', 'ALIPAYCN', 'ALIPAYPLUS'),
  paid: fc.constantFrom(true, true, true, true, true, true, false),
  mishaps: fc.oneof(
    { arbitrary: fc.constant([]), weight: 3 },
    { arbitrary: fc.array(mishap(OVERSEAS_QUERY), { minLength: 1, maxLength: 2 }), weight: 1 },
  ),
});
const refund: fc.Arbitrary<Business> = fc.record({
  kind: fc.constant('refund' as const),
  trade: number,
  share: fc.constantFrom<Share>(
    ...(['rest', 'rest', 'all', 'half', 'half', 'third', 'third', 'third', 'cent'] as const),
    ...(['too much', 'nothing', 'foreign'] as const),
  ),
  key: fc.constantFrom('a', 'a', 'b', 'c'),
  reason: fc.constantFrom(false, false, false, true),
  again: fc.constantFrom(false, false, false, true),
  mishaps: fc.oneof(
    { weight: 7, arbitrary: mishaps(SPOT_REFUND, SPOT_REFUND, REFUND_QUERY) },
    { weight: 1, arbitrary: doneAndRefused(SPOT_REFUND) },
  ),
});
const claim: fc.Arbitrary<Business> = fc.record({
  kind: fc.constant('claim' as const),
  trade: number,
  sale: fc.constantFrom('S1', 'S1', 'S2'),
  mishaps: fc.constant([]),
});
const cancel: fc.Arbitrary<Business> = fc.record({
  kind: fc.constant('cancel' as const),
  trade: number,
  unheard: fc.boolean(),
  atMidnight: fc.constantFrom(...oneIn(12)),
  mishaps: fc.oneof(
    { weight: 7, arbitrary: mishaps(ACQUIRE_CANCEL, ACQUIRE_CANCEL, OVERSEAS_QUERY) },
    { weight: 1, arbitrary: doneAndRefused(ACQUIRE_CANCEL) },
  ),
});
const refresh: fc.Arbitrary<Business> = fc.record({
  kind: fc.constant('refresh' as const),
  trade: number,
  mishaps: mishaps(OVERSEAS_QUERY),
});
const recover: fc.Arbitrary<Business> = fc.record({
  kind: fc.constant('recover' as const),
  trade: number,
  by: fc.constantFrom('both', 'partner', 'alipay'),
  where: fc.boolean(),
  mishaps: mishaps(OVERSEAS_QUERY),
});
const changeCode: fc.Arbitrary<Business> = fc
  .constantFrom('stop' as const, 'stop' as const, 'restart' as const, 'restart' as const, 'delete')
  .chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      code: number,
      mishaps: mishaps(QRCODE_MODIFY_STATUS),
    }),
  );
const modify: fc.Arbitrary<Business> = fc.record({
  kind: fc.constant('modify' as const),
  code: number,
  mishaps: mishaps(QRCODE_MODIFY),
});
const create: fc.Arbitrary<Business> = fc.record({
  kind: fc.constant('create' as const),
  fee: fc.boolean(),
  mishaps: mishaps(QRCODE_CREATE),
});

const business = fc.oneof(
  { arbitrary: pay, weight: 5 },
  { arbitrary: refund, weight: 12 },
  { arbitrary: cancel, weight: 6 },
  { arbitrary: claim, weight: 4 },
  { arbitrary: refresh, weight: 3 },
  { arbitrary: recover, weight: 3 },
  { arbitrary: changeCode, weight: 3 },
  { arbitrary: modify, weight: 2 },
  { arbitrary: create, weight: 2 },
);

const atTheGateway: fc.Arbitrary<AtTheGateway> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('pay later', 'close', 'finish', 'freeze', 'resend', 'resend'),
      trade: number,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('mail trouble' as const),
      trouble: fc.constantFrom(...MAIL_TROUBLES),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refund elsewhere' as const),
      trade: number,
      share: fc.constantFrom<Portion>('all', 'half', 'half', 'third', 'third', 'cent'),
      unheard: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cancel elsewhere' as const),
      trade: number,
      unheard: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('forge' as const),
      trade: number,
      how: fc.constantFrom<Forgery>(
        ...(['other seller', 'other content', 'no token', 'copy', 'garbled'] as const),
        ...(['no amount', 'no payment time', 'other code'] as const),
      ),
    }),
  },
);

const afterMs = fc.integer({ min: 0, max: 25 });
const hardNature: fc.Arbitrary<Nature> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('kill' as const), afterMs }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('sever' as const),
      afterMs,
      awayMs: fc.constantFrom(0, 0, 60),
    }),
  },
);
const nature: fc.Arbitrary<Nature> = fc.oneof(
  { weight: 3, arbitrary: hardNature },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('lose gateway' as const),
      awayMs: fc.integer({ min: 0, max: 80 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('second' as const),
      wrongKey: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('calm' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      minutes: fc.constantFrom(-180, -2, -1, 1, 6, 20, 20, 24 * 60),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('astray' as const),
      hours: fc.constantFrom(-2, 3, 7, 26),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('skew' as const),
      minutes: fc.integer({ min: -9, max: 9 }),
    }),
  },
);

const people: fc.Arbitrary<People> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      aheadMs: fc.constantFrom(0, 3_000, 10_000, 60_000, 330_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('resolve' as const),
      trade: number,
      then: fc.constantFrom('nothing', 'same', 'same', 'other amount', 'other amount'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('replay' as const), message: number }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reverify' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('statements' as const),
      daysAgo: fc.constantFrom(0, 0, 1),
      reversed: fc.boolean(),
    }),
  },
);

const command: fc.Arbitrary<Command> = fc.oneof(
  { arbitrary: business, weight: 40 },
  { arbitrary: atTheGateway, weight: 11 },
  { arbitrary: people, weight: 16 },
  { arbitrary: nature, weight: 3 },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('together' as const),
      commands: fc
        .tuple(
          business,
          fc.oneof({ arbitrary: business, weight: 15 }, { arbitrary: hardNature, weight: 1 }),
        )
        .map((both) => [...both]),
    }),
  },
);

/**
 * No forgeries: after a loss the first copy of a message would be the forged one. Files come in the end,
 * in the order of their days.
 */
const restored: fc.Arbitrary<Restored> = fc.record({
  backUpAfter: fc.integer({ min: 1, max: 6 }),
  newFirst: fc.boolean(),
  mishaps: fc.array(
    mishaps(SPOT_REFUND, REFUND_QUERY, REFUND_QUERY, ACQUIRE_CANCEL, OVERSEAS_QUERY),
    {
      maxLength: 3,
    },
  ),
  afterwards: fc.array(
    fc.oneof(
      { arbitrary: business, weight: 12 },
      {
        arbitrary: fc.record({ kind: fc.constant('resend' as const), trade: number }),
        weight: 3,
      },
      { arbitrary: people.filter(({ kind }) => kind !== 'statements'), weight: 4 },
      { arbitrary: hardNature, weight: 1 },
    ),
    { minLength: 1, maxLength: 6 },
  ),
});

/** A shop's day: it begins with a payment, and most deeds are about that. */
export const schedules: fc.Arbitrary<Schedule> = fc.record({
  currency: fc.constantFrom('HKD', 'HKD', 'HKD', 'CNY', 'USD', 'JPY'),
  openingMishaps: fc.oneof(
    { arbitrary: fc.constant([]), weight: 5 },
    { arbitrary: fc.array(mishap(QRCODE_CREATE), { minLength: 1, maxLength: 2 }), weight: 1 },
  ),
  commands: fc
    .tuple(pay, fc.array(command, { minLength: 4, maxLength: 12 }))
    .map(([first, rest]): Command[] => [first, ...rest]),
  restored,
});
