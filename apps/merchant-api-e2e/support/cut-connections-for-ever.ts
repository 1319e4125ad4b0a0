import { type Deed, DEED_KINDS } from './cut-connections-deeds';
import { REFUSAL_WAYS, REPEATS, type RefusalWay } from './cut-connections-repeats';
import type { CutSite } from './cut-connections-site';
import type { Cut } from './cutting-proxy';
import { inTurns } from './in-turns';
import { ACQUIRE_CANCEL, REFUND_QUERY, SPOT_REFUND } from './lost-answers';

/** What the refund query says, again and again; an empty text is a good answer. */
const QUERIES = {
  'what is true': '',
  'a signed no of its own': 'refuse:TRADE_NOT_EXIST',
  'nothing that settles it': 'refuse-unsigned:ILLEGAL_SIGN',
} as const;
export type QueryWay = keyof typeof QUERIES;
export const QUERY_WAYS = Object.keys(QUERIES) as QueryWay[];

/** A refund whose every repeat is told the same, for ever, and so is every query about it. */
export interface HopelessRefund {
  readonly deed: Deed;
  /** Whether the first call took effect. */
  readonly isMade: boolean;
  readonly repeat: RefusalWay;
  readonly query: QueryWay;
}

const FOR_EVER = 100_000;

/** One for each combination, after its first exchange. */
export async function askHopelessly(site: CutSite): Promise<HopelessRefund[]> {
  const combinations = [true, false].flatMap((isMade) =>
    REFUSAL_WAYS.flatMap((repeat) => QUERY_WAYS.map((query) => ({ isMade, repeat, query }))),
  );
  const deeds = await DEED_KINDS.refund.prepare(site, combinations.length);
  return inTurns(combinations, async ({ isMade, repeat, query }, index) => {
    const deed = deeds[index];
    if (deed === undefined) throw new Error('too few refunds were prepared');
    site.plan(SPOT_REFUND, deed.id, [isMade ? ANSWER_LOST : REQUEST_LOST]);
    await deed.ask();
    await orderFor(site, SPOT_REFUND, deed.match, faultOf(repeat, index));
    await orderFor(site, REFUND_QUERY, { out_return_no: deed.id }, QUERIES[query]);
    return { deed, isMade, repeat, query };
  });
}

/** Cancels whose every repeat is told the same until their window is over, made or not. */
export async function askCancelsHopelessly(site: CutSite): Promise<Deed[]> {
  const combinations = [true, false].flatMap((isMade) =>
    REFUSAL_WAYS.map((repeat) => ({ isMade, repeat })),
  );
  const deeds = await DEED_KINDS.cancel.prepare(site, combinations.length);
  await site.world.gateway.fault('notification', 'drop', FOR_EVER);
  await inTurns(combinations, async ({ isMade, repeat }, index) => {
    const deed = deeds[index];
    if (deed === undefined) throw new Error('too few cancels were prepared');
    site.plan(ACQUIRE_CANCEL, deed.id, [isMade ? ANSWER_LOST : REQUEST_LOST]);
    await deed.ask();
    await orderFor(site, ACQUIRE_CANCEL, deed.match, faultOf(repeat, index));
  });
  return deeds;
}

/** Whether a person has to look it up in Alipay's portal (decision 5). */
export function needsPerson({ isMade, repeat, query }: HopelessRefund): boolean {
  if (repeat.startsWith('answered')) return false;
  if (query !== 'what is true') return true;
  return !isMade && !repeat.startsWith('a signed final no');
}

const REQUEST_LOST: Cut = { direction: 'request', manner: 'reset', bytesOf: () => 200 };
const ANSWER_LOST: Cut = { direction: 'answer', manner: 'end', bytesOf: () => 200 };
const TAKES_EFFECT: readonly string[] = [
  ...['system-error-after-effect', 'bad-signature', 'unsigned', 'other-answer'],
  ...['reset-after-effect', 'timeout-after-effect'],
];

function faultOf(way: RefusalWay, index: number): string {
  const faults = REPEATS[way].filter((fault) => !TAKES_EFFECT.includes(fault));
  return faults[index % faults.length] ?? '';
}

async function orderFor(
  { world }: CutSite,
  service: string,
  match: Deed['match'],
  kind: string,
): Promise<void> {
  if (kind === '') return;
  await world.gateway.call('POST /faults', { service, kind, match, times: FOR_EVER });
}
