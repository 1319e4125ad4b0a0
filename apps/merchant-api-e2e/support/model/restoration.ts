import type { BookedTrade } from '../simulator-control';
import type { Span } from './shop';

/** A backup that was restored, by the clock of the test, with the gateway's books of both moments. */
export interface Restoration {
  readonly backedUpAt: number;
  readonly restoredAt: number;
  /** When nothing was in doubt any more. */
  endedAt: number;
  readonly then: readonly BookedTrade[];
  readonly now: readonly BookedTrade[];
  /** Stores of which a call was refused for its age, by records that are forgotten. */
  readonly refusedForAge: readonly string[];
  /** Payments that a person compared with Alipay's portal, and found to lack nothing. */
  readonly confirmed: Set<string>;
  /** What went wrong on the way to complete books. */
  readonly trouble: string[];
}

/** What was asked and answered between the two, and is in no books of ours any more. */
export function isForgotten(
  restoration: Restoration | null,
  { start, end }: Pick<Span, 'start' | 'end'>,
): boolean {
  return restoration !== null && end > restoration.backedUpAt && start < restoration.restoredAt;
}

/** What was asked while payments of before were in doubt. */
export function isInDoubt(
  restoration: Restoration | null,
  { start, end }: Pick<Span, 'start' | 'end'>,
): boolean {
  return restoration !== null && end > restoration.restoredAt && start < restoration.endedAt;
}

/** Messages that were acknowledged between the two. */
export function forgottenMail(restoration: Restoration | null): ReadonlySet<string> {
  const heard = (trades: readonly BookedTrade[] = []): string[] =>
    trades.flatMap(({ notifications }) =>
      notifications.filter(({ acknowledged }) => acknowledged).map(({ notify_id: id }) => id),
    );
  const before = new Set(heard(restoration?.then));
  return new Set(heard(restoration?.now).filter((id) => !before.has(id)));
}
