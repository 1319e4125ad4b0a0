/** The gateway's own clock: the machine's time, moved by as much as somebody asked for. */
export interface Clock {
  readonly now: () => Date;
  readonly realNow: () => Date;
  readonly offsetMs: () => number;
  /** Moves the clock and tells by how much it jumped. */
  readonly move: (offsetMs: number) => number;
}

export function createClock(realNow: () => Date): Clock {
  let offset = 0;
  return {
    now: () => new Date(realNow().getTime() + offset),
    realNow,
    offsetMs: () => offset,
    move: (offsetMs) => {
      const jump = offsetMs - offset;
      offset = offsetMs;
      return jump;
    },
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;
const BEIJING_OFFSET_MS = 8 * 60 * 60 * 1000;

/** The Beijing midnight that follows a moment: China has kept UTC+8 without summer time since 1991. */
export function beijingMidnightAfter(moment: Date): Date {
  const day = Math.floor((moment.getTime() + BEIJING_OFFSET_MS) / DAY_MS);
  return new Date((day + 1) * DAY_MS - BEIJING_OFFSET_MS);
}
