import { type TillsResult } from './measure-tills';

/** The goal, P0: within so many milliseconds for 99 of 100. */
const GOAL_P99_MS = 300;

export function reportTills(result: TillsResult): string {
  const { options, machine } = result;
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    `${options.tills} tills of ${options.stores} stores, ${result.payments} payments at ${options.rate} a second, wallet asked for`,
    `From Alipay's post to the event at a till: p50 ${result.p50Ms.toFixed(1)} ms, ` +
      `p99 ${result.p99Ms.toFixed(1)} ms (goal ${GOAL_P99_MS}), longest ${result.maxMs.toFixed(1)} ms, ${result.heard} events`,
    `Not acknowledged: ${result.refused}; not heard: ${result.missing}; ` +
      `the API's process took ${result.apiCores?.toFixed(2) ?? '–'} of a core`,
  ].join('\n');
}
