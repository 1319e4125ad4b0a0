import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What is read together, and decides nothing: a query of the API, an export. It may be read from a
 * replica, and all of it from the same one.
 */
export interface Reading {
  /** Asked before each connection: false once it has turned out to be more than a reading. */
  readonly mayUseReplica: () => boolean;
}

const readings = new AsyncLocalStorage<Reading>();
const readAtPrimary = new WeakSet<Reading>();

/** Every statement that `work` leads to, many functions away, belongs to this reading. */
export function withinReading<Result>(reading: Reading, work: () => Result): Result {
  return readings.run(reading, work);
}

/** What decides or writes reads the primary, whoever began it. */
export function withoutReading<Result>(work: () => Result): Result {
  return readings.exit(work);
}

/** The reading that may use a replica at this moment; undefined where the primary is to be asked. */
export function currentReading(): Reading | undefined {
  const reading = readings.getStore();
  if (reading === undefined || readAtPrimary.has(reading)) return undefined;
  return reading.mayUseReplica() ? reading : undefined;
}

/**
 * A part of this reading is asked of the primary, because the replica failed at it. So is all that follows: the
 * replica may show less than that part, and what came in between would be missing without a word.
 */
export function goOnAtPrimary(): void {
  const reading = readings.getStore();
  if (reading !== undefined) readAtPrimary.add(reading);
}
