interface Part {
  close(): unknown;
}

/** Puts a part up, to be taken down at the end. */
export type PutUp = <T extends Part>(starting: T | Promise<T>) => Promise<T>;

/** What was put up for a benchmark is taken down in the reverse order, whatever happens. */
export async function puttingUp<Result>(work: (open: PutUp) => Promise<Result>): Promise<Result> {
  const opened: Part[] = [];
  try {
    return await work(async (starting) => {
      const started = await starting;
      opened.push(started);
      return started;
    });
  } finally {
    for (const part of opened.reverse()) await part.close();
  }
}
