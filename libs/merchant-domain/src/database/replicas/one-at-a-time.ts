/**
 * Asks one question at a time, however many want to know: all who come while one is under way share
 * the next, so that each gets an answer that was asked for after it came.
 */
export function oneAtATime<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let running: Promise<Answer> | undefined;
  let next: Promise<Answer> | undefined;

  const begin = (): Promise<Answer> => {
    next = undefined;
    if (running !== undefined) return running; // begun since those who waited came
    const asked = ask().finally(() => {
      if (running === asked) running = undefined;
    });
    running = asked;
    return asked;
  };
  return () => {
    if (running === undefined) return begin();
    next ??= running.then(begin, begin);
    return next;
  };
}
