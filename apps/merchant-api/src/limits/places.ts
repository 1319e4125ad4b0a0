/** How much of something lasting each caller has at a time, in this process. */
export interface Places {
  /** A place, to be left once; null when the caller has as many as it may. */
  take(subject: string): (() => void) | null;
}

export function createPlaces(perCallerMax: number): Places {
  const taken = new Map<string, number>();

  const leave = (subject: string): void => {
    const rest = (taken.get(subject) ?? 0) - 1;
    if (rest > 0) taken.set(subject, rest);
    else taken.delete(subject);
  };
  return {
    take: (subject) => {
      const count = taken.get(subject) ?? 0;
      if (count >= perCallerMax) return null;
      taken.set(subject, count + 1);
      let isLeft = false;
      return () => {
        if (!isLeft) leave(subject);
        isLeft = true;
      };
    },
  };
}
