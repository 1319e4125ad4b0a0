import { type DomainLog } from '@countersign/merchant-domain';

const linesPerSecondMax = 10;

/** Warnings that strangers can cause: some a second as they are, then only how many there were. */
export function fewLines(log: DomainLog): DomainLog['warn'] {
  let second = 0;
  let said = 0;
  let unsaid = 0;

  return (fact, ids) => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      if (unsaid > 0)
        log.warn('more of the same was not written down', { of: fact, count: unsaid });
      second = now;
      said = 0;
      unsaid = 0;
    }
    if (said < linesPerSecondMax) {
      said += 1;
      log.warn(fact, ids);
    } else unsaid += 1;
  };
}
