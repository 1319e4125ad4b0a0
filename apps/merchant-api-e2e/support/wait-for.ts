/** Soon at first, then less often: looking costs the very machine that is looked at. */
const LOOK_AGAIN_MS = { first: 20, most: 160 };
const WITHIN_MS = 25_000;

/** Looks again and again until something is there, within a bound; what was last seen tells why not. */
export async function waitFor<Fact>(
  what: string,
  look: () => Promise<Fact | null | undefined | false> | Fact | null | undefined | false,
  { withinMs = WITHIN_MS }: { readonly withinMs?: number } = {},
): Promise<Fact> {
  const until = Date.now() + withinMs;
  for (let pauseMs = LOOK_AGAIN_MS.first; ; pauseMs = Math.min(2 * pauseMs, LOOK_AGAIN_MS.most)) {
    const fact = await look();
    if (fact !== null && fact !== undefined && fact !== false) return fact;
    if (Date.now() > until) throw new Error(`Not seen within ${withinMs} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** A promise that must end within a bound. */
export async function within<Value>(
  what: string,
  milliseconds: number,
  value: Promise<Value>,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Not done within ${milliseconds} ms: ${what}.`));
    }, milliseconds);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
