import { findingsOf } from './replicas-books';
import type { Replica } from './replica';
import type { ReplicasSite } from './replicas-site';

export interface Outlived {
  /** What is wrong with the books or the tills. */
  readonly findings: readonly string[];
  /** What a client was told that it should not have been. */
  readonly troubles: readonly string[];
  /** What the proxy could not hide. */
  readonly failures: readonly string[];
  readonly payments: number;
  readonly answered: number;
}

/** Restarts one process after the other while the shop is at work. */
export async function restartInTurns(
  site: ReplicasSite,
  { rounds, paymentsBetween }: { readonly rounds: number; readonly paymentsBetween: number },
): Promise<Outlived> {
  const restart = async (replica: Replica): Promise<void> => {
    await replica.stop();
    await replica.start();
    await site.bothReady();
  };
  return underLoad(site, async (more) => {
    for (let round = 0; round < rounds; round += 1) {
      for (const replica of [...site.apis, ...site.workers]) {
        await more(paymentsBetween);
        await restart(replica);
      }
    }
    await more(paymentsBetween);
  });
}

async function underLoad(
  site: ReplicasSite,
  trial: (more: (payments: number) => Promise<void>) => Promise<void>,
): Promise<Outlived> {
  const load = site.startLoad();
  await trial((payments) => load.more(payments));
  await load.stop();
  const findings = await findingsOf(site);
  return {
    findings,
    troubles: load.troubles,
    failures: site.proxy.failures,
    payments: load.paid.length,
    answered: load.answered(),
  };
}
