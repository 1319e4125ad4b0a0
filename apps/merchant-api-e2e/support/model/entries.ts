import { isRefusal } from './faults';
import type { Answer, Entry, Shop } from './shop';

/** Every code that was answered must be one that something allows. */
export function judgeCodes(
  { userErrors }: Answer,
  allowed: Readonly<Record<string, boolean>>,
): string[] {
  return userErrors
    .filter(({ code }) => allowed[code] !== true)
    .map(({ code }) => `must not be refused with ${code}`);
}

/** What was asked about the same payment before this was answered. */
export function earlier(shop: Shop, entry: Entry, kind: Entry['kind']): Entry[] {
  return shop.history.filter(
    (other) =>
      other !== entry &&
      other.kind === kind &&
      other.trade === entry.trade &&
      other.start <= entry.end,
  );
}

/** The refusals that were ordered for calls of a service about the same payment. */
export function refusalsOf(shop: Shop, entry: Entry, service: string): string[] {
  return shop.ordered
    .filter(({ about, mishap }) => about === entry.trade && mishap.service === service)
    .map(({ mishap }) => mishap.kind)
    .filter(isRefusal);
}
