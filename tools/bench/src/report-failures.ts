import { type FailuresResult, type Killed } from './measure-failures';

const GOAL_BACK_MS = 5_000;

export function reportFailures({ machine, database, api, silence }: FailuresResult): string {
  const killed = (what: string, { sent, acknowledged, lost, doubled, ...back }: Killed): string =>
    `${what} killed during the load: ${sent} sent, ${acknowledged} acknowledged, ${lost} lost, ${doubled} doubled; ` +
    `the next success after ${back.acceptsAgainMs === null ? 'the load' : `${back.acceptsAgainMs.toFixed(0)} ms`}, the next event after ${back.tellsAgainMs.toFixed(0)} ms`;
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    killed('PostgreSQL', database),
    `${killed('The API', api)} (goal ${GOAL_BACK_MS})`,
    `Alipay silent: ${silence.unknown} of ${silence.refunds} refunds unknown at its return, ` +
      `${silence.settledWithinAMinute} settled within 60 s, 99 % after ` +
      (silence.settledMs === null ? 'more' : `${(silence.settledMs / 1_000).toFixed(1)} s`),
  ].join('\n');
}

/** Nothing acknowledged may be lost, and nothing told twice. */
export function whatWasLost({ database, api }: FailuresResult): string | undefined {
  const lost = database.lost + api.lost;
  const doubled = database.doubled + api.doubled;
  if (lost === 0 && doubled === 0) return undefined;
  return `Of what was acknowledged, ${lost} were lost and ${doubled} told more than once.`;
}
