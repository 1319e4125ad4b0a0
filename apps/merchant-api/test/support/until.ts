/** Waits for a fact, not for a time. */
export async function until<Fact>(
  what: string,
  read: () => Promise<Fact | undefined | null | false> | Fact | undefined | null | false,
  timeoutMs = 15_000,
): Promise<Fact> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const fact = await read();
    if (fact !== undefined && fact !== null && fact !== false) return fact;
    if (performance.now() > giveUpAt) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
