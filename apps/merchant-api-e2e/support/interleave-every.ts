import { cross, type Crossing, storyOf } from './interleave-crossing';
import { everyOrder } from './interleave-orders';
import { openSite } from './interleave-site';

/** Races show with very few interruptions; three sessions have many more orders than two. */
const INTERRUPTIONS_MAX: Readonly<Record<number, number>> = { 2: 2, 3: 1 };
const FAILURES_MAX = 3;

/** A crossing in every order with few interruptions, at a site of its own. */
export async function crossInEveryOrder(
  name: string,
  crossing: Crossing,
  gatewayUrl?: string,
): Promise<{ readonly runs: number; readonly failures: readonly string[] }> {
  const asked = process.env['E2E_INTERRUPTIONS'];
  const site = await openSite(gatewayUrl);
  const failures: string[] = [];
  let failed = 0;
  let steps = 0;
  const begun = Date.now();
  try {
    const runs = await everyOrder(
      (sessions) => Number(asked ?? INTERRUPTIONS_MAX[sessions] ?? 1),
      async (choose) => {
        const { run, findings } = await cross(site, crossing, choose);
        steps += run.turns.length;
        if (findings.length === 0) return run;
        failed += 1;
        if (failed <= FAILURES_MAX) failures.push([...findings, storyOf(run)].join('\n'));
        return run;
      },
    );
    const seconds = Math.round((Date.now() - begun) / 1000);
    process.stdout.write(
      `${name}: ${runs} orders, ${steps} steps, ${seconds} s, ${failed} failed\n`,
    );
    return { runs, failures };
  } finally {
    await site.close();
  }
}
