const DAY_MS = 24 * 3_600_000;

/** The instant of a Beijing time of a day, such as `2026-01-05` and `09:31:00`. */
export function instantOf(day: string, time: string): Date {
  return new Date(`${day}T${time}+08:00`);
}

/** A day some days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The Beijing day of an instant. */
export function dayOf(instant: Date): string {
  return new Date(instant.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}

/** What happens on a day is settled on the next, and what happens from Friday to Sunday on Monday. */
export function settlementDayOf(day: string): string {
  const next = addDays(day, 1);
  const weekday = new Date(`${next}T00:00:00Z`).getUTCDay();
  return addDays(next, weekday === 6 ? 2 : weekday === 0 ? 1 : 0);
}
