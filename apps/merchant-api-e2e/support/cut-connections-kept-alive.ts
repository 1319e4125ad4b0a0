import { countCalls } from './cut-connections-books';
import { type Deed, DEED_KINDS, type DeedName } from './cut-connections-deeds';
import type { CutSite } from './cut-connections-site';
import type { Cut } from './cutting-proxy';

const ALL = (message: Buffer): number => message.length;
const NOTHING = (): number => 0;

/** How a gateway leaves a connection that a client still believes in. */
const CLOSINGS: readonly (Cut | undefined)[] = [
  undefined, // a good exchange, after which the connection is kept
  { direction: 'answer', manner: 'end', bytesOf: ALL }, // closed before the next call
  { direction: 'request', manner: 'end', bytesOf: NOTHING }, // closed as the call arrives
  undefined,
  { direction: 'answer', manner: 'reset', bytesOf: ALL },
  { direction: 'request', manner: 'reset', bytesOf: NOTHING },
  undefined,
];

export interface AskedOnClosingConnections {
  readonly deeds: readonly Deed[];
  /** For each deed, how often its first call reached the proxy, those that came too late included. */
  readonly calls: readonly number[];
}

/** Refunds and cancels one after the other, each as soon as the one before is answered. */
export async function askOnClosingConnections(
  site: CutSite,
  each = 2 * CLOSINGS.length,
): Promise<AskedOnClosingConnections> {
  const deeds: { kind: DeedName; deed: Deed }[] = [];
  for (const kind of ['refund', 'cancel'] as const) {
    const prepared = await DEED_KINDS[kind].prepare(site, each);
    deeds.push(...prepared.map((deed) => ({ kind, deed })));
  }
  for (const [index, { kind, deed }] of deeds.entries()) {
    site.plan(DEED_KINDS[kind].service, deed.id, [CLOSINGS[index % CLOSINGS.length]]);
  }
  for (const { deed } of deeds) await deed.ask();
  const calls = countCalls(site); // the clock stands, so that nothing was repeated yet
  return {
    deeds: deeds.map(({ deed }) => deed),
    calls: deeds.map(({ kind, deed }) => calls(DEED_KINDS[kind].service, deed.id)),
  };
}
