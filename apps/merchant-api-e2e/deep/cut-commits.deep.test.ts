import { type Deed, FLOWS } from '../support/crash-points-flows';
import { type CrashSite, openCrashSite } from '../support/crash-points-site';
import { type CrashPoint, keyOf, pointsOf } from '../support/crash-points-statements';
import { within } from '../support/wait-for';

/**
 * As crash-points, but the process lives on: at the point all its connections to the database are cut, before
 * the statement has reached the server, or after it was done and before its answer has come back. Twice: the
 * next COMMIT or change of a payment after that loses its answer, too. `CUT_FLOWS` chooses by the title.
 */
const ONLY = new RegExp(process.env['CUT_FLOWS'] ?? '.');
const AT_ONCE = 15;

jest.setTimeout(60 * 60_000);

let site: CrashSite;
beforeEach(async () => {
  site = await openCrashSite();
});
afterEach(() => site.close());

const flows = FLOWS.filter(({ title }) => ONLY.test(title)).flatMap((flow) =>
  [false, true].map((isTwice) => ({ flow, isTwice, times: isTwice ? 'twice' : 'once' })),
);

test.each(flows)(
  'cut $times at every statement while $flow.title, nothing is lost and nothing doubled',
  async ({ flow, isTwice }) => {
    const victim = site[flow.victim];
    const rehearsals = await flow.prepare(site, 2);
    if (flow.victim === 'api') await site.worker.kill();
    const runs = [];
    for (const deed of rehearsals) {
      victim.watch.begin();
      await deed.run();
      runs.push(victim.watch.steps());
    }
    if (flow.victim === 'api') await site.worker.start();
    await site.settle();
    const [first = [], second = []] = runs;
    const known = new Set(second.map(keyOf));
    const points = pointsOf(
      first.filter((step) => !victim.idle.has(step.statement) && known.has(keyOf(step))),
    ).filter(
      ({ statement, moment }) =>
        !isTwice || (moment === 'after' && /^(?:commit|update)/i.test(statement)),
    );

    const findings: string[] = [];
    let reached = 0;
    for (let from = 0; from < points.length; from += AT_ONCE) {
      const batch = points.slice(from, from + AT_ONCE);
      const deeds = await flow.prepare(site, batch.length);
      if (flow.victim === 'api') await site.worker.kill();
      for (const [index, point] of batch.entries()) {
        const deed = dealtWith(deeds, index);
        victim.watch.begin(point, () => {
          reached += 1;
          victim.proxy.cut();
          if (isTwice) cutNext(victim.proxy);
          return Promise.resolve();
        });
        // Whoever had no answer asks again.
        await within('the end of the run', 60_000, deed.run()).catch(() => undefined);
        victim.watch.begin();
        await site.world.gateway.endFaults();
        if (flow.victim === 'worker') await site.settle();
        await repeat(deed).catch((error: unknown) => {
          findings.push(`${describePoint(point)}: repeated: ${String(error)}`);
        });
      }
      if (flow.victim === 'api') await site.worker.start();
      await site.settle();
      for (const [index, point] of batch.entries()) {
        const wrong = await dealtWith(deeds, index).findings();
        findings.push(...wrong.map((finding) => `${describePoint(point)}: ${finding}`));
      }
    }

    process.stderr.write(`${flow.title}: ${reached} of ${points.length} points\n`);
    expect(findings).toEqual([]);
    // Some are the background's, and do not come in every run. A statement of its own has no COMMIT.
    expect(reached).toBeGreaterThanOrEqual(Math.floor(points.length * 0.9));
  },
);

function dealtWith(deeds: readonly Deed[], index: number): Deed {
  const deed = deeds[index];
  if (deed === undefined) throw new Error('fewer deeds were prepared than points');
  return deed;
}

function cutNext(proxy: CrashSite['api']['proxy']): void {
  const stop = proxy.watch(({ text }, moment) => {
    if (moment !== 'after') return;
    if (!/^(?:commit|update refunds|update transactions)/i.test(text.trim())) return;
    stop();
    proxy.cut();
  });
}

async function repeat(deed: Deed): Promise<void> {
  for (let times = 1; ; times += 1) {
    try {
      await deed.repeat();
      return;
    } catch (error) {
      if (times >= 20 || (error instanceof Error && error.name === 'Refused')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function describePoint({ moment, statement, occurrence }: CrashPoint): string {
  return `${moment} ${statement.slice(0, 160)} #${occurrence}`;
}
