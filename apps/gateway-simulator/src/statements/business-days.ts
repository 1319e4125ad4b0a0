const DAY_MS = 24 * 3_600_000;
const BEIJING_OFFSET_MS = 8 * 3_600_000;

/** The Beijing day of an instant, `yyyy-MM-dd`. */
export function dayOf(instant: number): string {
  return new Date(instant + BEIJING_OFFSET_MS).toISOString().slice(0, 10);
}

/** A day some days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** When a day's files are there: 09:30 Beijing time on the day after (PROTOCOL.md §11). */
export function deliveredAt(day: string): number {
  return Date.parse(`${addDays(day, 1)}T09:30:00+08:00`);
}

/** The day on which what happened on a day is settled: Friday to Sunday on Monday, else the day after. */
export function settlementDayOf(day: string): string {
  const next = addDays(day, 1);
  const weekday = new Date(`${next}T00:00:00Z`).getUTCDay();
  return addDays(next, weekday === 6 ? 2 : weekday === 0 ? 1 : 0);
}

/** Whether the calendar has such a day. */
export function isDay(text: string): boolean {
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}
