import { type Deed, DEED_KINDS } from './cut-connections-deeds';
import { REFUSAL_WAYS, REPEATS, type RefusalWay } from './cut-connections-repeats';
import type { CutSite } from './cut-connections-site';
import type { Cut } from './cutting-proxy';
import { inTurns } from './in-turns';
import { REFUND_QUERY, SPOT_REFUND } from './lost-answers';

/** What the refund query says, again and again; an empty text is a good answer. */
const QUERIES = {
  'what is true': '',
  'a signed no of its own': 'refuse:TRADE_NOT_EXIST',
  'an unsigned final no': 'refuse-unsigned:ILLEGAL_SIGN',
  'nothing that can be believed': 'html',
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
    const faults = REPEATS[repeat].filter((fault) => !TAKES_EFFECT.includes(fault));
    const order = { times: FOR_EVER, match: deed.match };
    await orderFault(site, { ...order, service: SPOT_REFUND, kind: faults[index % faults.length] });
    await orderFault(site, {
      ...order,
      match: { out_return_no: deed.id },
      service: REFUND_QUERY,
      kind: QUERIES[query],
    });
    return { deed, isMade, repeat, query };
  });
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

async function orderFault(
  { world }: CutSite,
  order: { readonly kind: string | undefined } & Readonly<Record<string, unknown>>,
): Promise<void> {
  if (order.kind === undefined || order.kind === '') return;
  await world.gateway.call('POST /faults', order);
}
