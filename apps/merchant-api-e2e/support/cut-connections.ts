import type { Chance } from './chance';
import { findingsAboutCodes, findingsAboutPayments } from './cut-connections-books';
import { type Deed, DEED_KINDS, type DeedName } from './cut-connections-deeds';
import type { Place, ProbedExchange } from './cut-connections-places';
import { placeAt } from './cut-connections-places';
import { createRepeats, type Repeat } from './cut-connections-repeats';
import { type CutSite } from './cut-connections-site';
import type { Cut, Manner } from './cutting-proxy';
import { inTurns } from './in-turns';

/** One deed whose first exchange is cut, and what comes of the call that repeats it. */
export interface Trial {
  readonly kind: DeedName;
  readonly place: Place;
  readonly manner: Manner;
  readonly repeat: Repeat;
  /** Where exchanges after the first are cut as well, each with its own. */
  readonly later?: readonly (Cut | undefined)[];
}

export const MANNERS = {
  request: ['reset', 'end', 'silence'],
  answer: ['reset', 'end', 'silence', 'short'],
} as const;

/** One good exchange, whose bytes show where it can be cut. */
export async function probe(site: CutSite, kind: DeedName): Promise<ProbedExchange> {
  const { service, prepare } = DEED_KINDS[kind];
  const [deed] = await prepare(site, 1);
  await deed?.ask();
  await site.settle(); // a busy machine may have needed more than one call
  return site.lastOf(service);
}

/** For each place one manner, or all of them; the repeats dealt out so that all meet all parts. */
export function trialsAt(
  kind: DeedName,
  places: readonly Place[],
  { manners, first }: { readonly manners: 'all' | 'in turn'; readonly first: number },
): Trial[] {
  const repeatFor = createRepeats(first);
  return places.flatMap((place, index) => {
    const known = MANNERS[place.direction];
    const chosen = manners === 'all' ? known : [known[(index + first) % known.length] ?? 'reset'];
    return chosen.map((manner) => ({
      kind,
      place,
      manner,
      repeat: tellable(kind, repeatFor(place.part)),
    }));
  });
}

/** Anywhere; and in one of three the call that repeats it is cut as well, and so may be the next. */
export function randomTrial(kind: DeedName, probed: ProbedExchange, chance: Chance): Trial {
  const anyCut = (): { place: Place; manner: Manner } => {
    const direction = chance.oneOf(['request', 'answer'] as const);
    const place = placeAt(probed, direction, chance.below(probed[direction].length + 1));
    return { place, manner: chance.oneOf<Manner>(MANNERS[direction]) };
  };
  const later: Cut[] = [];
  while (later.length < 3 && chance.below(3) === 0) later.push(cutOf(anyCut()));
  const repeat = tellable(kind, createRepeats(chance.below(1_000))(''));
  return { kind, ...anyCut(), repeat, later };
}

/** The answer to a create repeats nothing of its question: another's code cannot be told from ours. */
function tellable(kind: DeedName, repeat: Repeat): Repeat {
  const isTellable = kind !== 'create' || repeat.fault !== 'other-answer';
  return isTellable ? repeat : { ...repeat, fault: 'unsigned' };
}

export interface Report {
  /** Everything that is not as it must be; empty is what a test wants. */
  readonly findings: string[];
  readonly trials: number;
  /** How many were still open after the first exchange. */
  readonly open: number;
}

export interface RunOptions {
  /** No notification tells of a cancel: its repeat alone can settle it. */
  readonly isUntold?: boolean;
  /** Hears of what is done so far. */
  readonly tell?: (report: Report) => void;
}

const AT_ONCE_MAX = 320;
const NOTIFICATIONS_MAX = 100_000;

/** Tries them all, many at once, and compares the books when nothing is open any more. */
export async function runTrials(
  site: CutSite,
  trials: readonly Trial[],
  { isUntold = false, tell }: RunOptions = {},
): Promise<Report> {
  const findings: string[] = [];
  let open = 0;
  for (let at = 0; at < trials.length; at += AT_ONCE_MAX) {
    const round = await runRound(site, trials.slice(at, at + AT_ONCE_MAX), isUntold);
    findings.push(...round.findings);
    open += round.open;
    tell?.({ findings, trials: at + round.trials, open });
  }
  return { findings, trials: trials.length, open };
}

interface Attempt {
  readonly trial: Trial;
  readonly deed: Deed;
}

async function runRound(
  site: CutSite,
  trials: readonly Trial[],
  isUntold: boolean,
): Promise<Report> {
  site.passToNextNoon();
  site.proxy.forget();
  const attempts = await prepare(site, trials);
  if (isUntold) await site.world.gateway.fault('notification', 'drop', NOTIFICATIONS_MAX);
  for (const { trial, deed } of attempts) {
    site.plan(DEED_KINDS[trial.kind].service, deed.id, [cutOf(trial), ...(trial.later ?? [])]);
  }

  const findings: string[] = [];
  const stillOpen = await inTurns(attempts.sort(bySilence), async (attempt) => {
    const { isOpen, userErrors } = await attempt.deed.ask();
    if (userErrors.length > 0) findings.push(`${describe(attempt)}: ${JSON.stringify(userErrors)}`);
    return isOpen ? [attempt] : [];
  });
  const opened = stillOpen.flat();
  // Only now, or the first call would meet what is meant for its repeat. The clock stands meanwhile.
  await inTurns(opened, async ({ trial, deed }) => {
    const { service } = DEED_KINDS[trial.kind];
    const { fault: kind } = trial.repeat;
    if (kind === '') return;
    await site.world.gateway.call('POST /faults', { service, kind, match: deed.match });
  });
  await site.settle();
  await site.world.gateway.endFaults();

  findings.push(...(await compare(site, attempts, opened)));
  return { findings, trials: trials.length, open: opened.length };
}

/** The worker takes what is due in batches: those that wait for silence wait together. */
function bySilence(a: Attempt, b: Attempt): number {
  const isSilent = ({ trial }: Attempt): number => Number(trial.repeat.way === 'silence');
  return isSilent(a) - isSilent(b);
}

async function prepare(site: CutSite, trials: readonly Trial[]): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const kind of new Set(trials.map((trial) => trial.kind))) {
    const own = trials.filter((trial) => trial.kind === kind);
    const deeds = await DEED_KINDS[kind].prepare(site, own.length);
    attempts.push(
      ...own.flatMap((trial, index) =>
        deeds.slice(index, index + 1).map((deed) => ({ trial, deed })),
      ),
    );
  }
  return attempts;
}

async function compare(
  site: CutSite,
  attempts: readonly Attempt[],
  opened: readonly Attempt[],
): Promise<string[]> {
  const tradeNos = attempts.flatMap(({ deed }) => (deed.tradeNo === null ? [] : [deed.tradeNo]));
  const codes = attempts.filter(({ deed }) => deed.tradeNo === null);
  // A definite no to the repeat settles a code as it was (decision 5): whoever asks again has it.
  const refused = opened.filter(
    ({ trial, deed }) => deed.tradeNo === null && isDefiniteNo(trial.repeat),
  );
  const askedAgain = await inTurns(refused, async (attempt) => {
    const { userErrors } = await attempt.deed.ask();
    return userErrors.map((no) => `${describe(attempt)}: asked again, ${JSON.stringify(no)}`);
  });
  await site.settle();
  const found = [
    ...(await findingsAboutPayments(site, tradeNos)),
    ...(await findingsAboutCodes(
      site,
      codes.map(({ deed }) => deed.id),
    )),
    ...(await unexpectedFailures(site, attempts)),
  ];
  const told = found.map((finding) => {
    const about = attempts.filter(
      ({ deed }) =>
        finding.includes(deed.id) || (deed.tradeNo !== null && finding.startsWith(deed.tradeNo)),
    );
    return [finding, ...about.map(describe)].join('\n  ');
  });
  return [...askedAgain.flat(), ...told];
}

/** A refund may fail only where Alipay has said a signed no to the repeat, a cancel only where its time was over. */
async function unexpectedFailures(site: CutSite, attempts: readonly Attempt[]): Promise<string[]> {
  const failed = await site.rows<{ id: string }>(
    `select partner_refund_id as id from refunds where status = 'FAILED' and partner_refund_id = any($1)
     union all select partner_trans_id from transactions where cancel_status = 'FAILED' and partner_trans_id = any($1)`,
    [attempts.map(({ deed }) => deed.id)],
  );
  return failed.flatMap(({ id }) => {
    const attempt = attempts.find(({ deed }) => deed.id === id);
    const fault = attempt?.trial.repeat.fault ?? '';
    const mayFail =
      attempt?.trial.kind === 'refund'
        ? attempt.trial.repeat.way.startsWith('a signed final no')
        : fault === 'refuse:TRADE_CANCEL_TIME_OUT';
    return mayFail ? [] : [`${id} has failed`];
  });
}

function isDefiniteNo({ way }: Repeat): boolean {
  return way.startsWith('a signed final no') || way === 'an unsigned final no';
}

function cutOf({ place, manner }: Pick<Trial, 'place' | 'manner'>): Cut {
  return { direction: place.direction, manner, bytesOf: () => place.bytes };
}

function describe({ trial, deed }: Attempt): string {
  const { kind, place, manner, repeat, later = [] } = trial;
  const more = later.length === 0 ? '' : `, ${later.length} more cuts`;
  return `${kind} ${deed.id}: ${place.part} cut after ${place.bytes} bytes by ${manner}, then ${repeat.fault || 'answered'}${more}`;
}
