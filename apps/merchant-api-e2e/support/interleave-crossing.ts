import type { Choose, Run } from './interleave';
import { differences, findingsAbout } from './interleave-books';
import { takenIn } from './interleave-orders';
import type { Deeds, Site } from './interleave-site';

/** Makes a fresh place where sessions meet: one payment, one message, one code. */
export type Crossing = (site: Site) => Promise<Scene>;

export interface Scene {
  readonly deeds: Deeds;
  /** Alipay's numbers of the payments that are in play. */
  readonly trades: readonly string[];
  /** What the callers may be told, each answer in its session's place; any order of sessions counts. */
  readonly told?: readonly (readonly string[])[];
  /** What else has to be true when nothing is open any more. */
  readonly findings?: (run: Run) => Promise<string[]> | string[];
}

export interface Crossed {
  readonly run: Run;
  /** Empty when all is as it has to be. */
  readonly findings: readonly string[];
}

/** Lets the sessions meet once, in one order, and looks at all books afterwards. */
export async function cross(site: Site, crossing: Crossing, choose: Choose): Promise<Crossed> {
  const scene = await crossing(site);
  const run = await site.interleave(scene.deeds, choose);
  const findings = [
    ...(run.deadlocks > 0 ? [`${run.deadlocks} deadlocks`] : []),
    ...site.errors.map((line) => `an error was logged: ${line}`),
    ...findingsInAnswers(scene, run),
  ];
  await site.settle(scene.trades);
  for (const tradeNo of scene.trades) findings.push(...(await findingsAbout(site, tradeNo)));
  findings.push(...((await scene.findings?.(run)) ?? []));
  return { run, findings };
}

function findingsInAnswers({ told: allowed }: Scene, { results }: Run): string[] {
  const told = Object.keys(results)
    .sort()
    .map((name) => whatWasTold(results[name]));
  const thrown = told.filter((answer) => answer.startsWith('THREW'));
  if (thrown.length > 0 || allowed === undefined) return thrown;
  const isAllowed = allowed.some((answers) => differences({ told: [told, answers] }).length === 0);
  return isAllowed ? [] : [`the callers were told ${JSON.stringify(told)}`];
}

/** An answer in a word: a refusal's code, or the state of what was asked for. */
export function whatWasTold(result: PromiseSettledResult<unknown> | undefined): string {
  if (result?.status !== 'fulfilled') return `THREW ${String(result?.reason)}`;
  const answer = (result.value ?? {}) as Answer;
  if (answer.refusal !== undefined) return answer.refusal;
  if (answer.replayed === true) return 'REPLAYED';
  return (
    answer.refund?.status ??
    answer.qrCode?.status ??
    (answer.transaction?.cancelStatus === 'PENDING'
      ? 'CANCEL_PENDING'
      : answer.transaction?.status) ??
    'DONE'
  );
}

interface Answer {
  readonly refusal?: string;
  readonly replayed?: boolean;
  readonly refund?: { readonly status: string };
  readonly qrCode?: { readonly status: string };
  readonly transaction?: { readonly status: string; readonly cancelStatus: string | null };
}

/** One line for each step, for whoever has to understand a failure. */
export function storyOf(run: Run): string {
  const lines = run.turns.map(
    ({ session, step, waits }) => `${session} ${inShort(step)}${waits ? ' … has to wait' : ''}`,
  );
  const answers = Object.keys(run.results)
    .sort()
    .map((name) => `${name} is told ${whatWasTold(run.results[name])}`);
  return [`order ${takenIn(run)}`, ...lines, ...answers].join('\n');
}

function inShort(step: string): string {
  return step
    .replaceAll('"', '')
    .replace(/^SELECT (?!pg_).*? FROM /i, 'SELECT … FROM ')
    .replace(/^(INSERT INTO \w+).*$/i, '$1 …')
    .replace(/^(UPDATE \w+ SET) .*? WHERE /i, '$1 … WHERE ')
    .slice(0, 120);
}
