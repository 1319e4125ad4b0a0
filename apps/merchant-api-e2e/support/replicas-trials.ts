import { findingsOf } from './replicas-books';
import { SPOT_REFUND } from './lost-answers';
import type { Replica } from './replica';
import type { ReplicasSite } from './replicas-site';
import type { ReplicatedDatabase, ServerDeath } from './replicated-database';
import { waitFor } from './wait-for';

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

/** Kills one process after the other while the shop is at work; those left carry on, until it is back. */
export async function killInTurns(
  site: ReplicasSite,
  {
    victims,
    paymentsBetween,
    isLastOneBack = true,
  }: {
    readonly victims: readonly Replica[];
    readonly paymentsBetween: number;
    readonly isLastOneBack?: boolean;
  },
): Promise<Outlived> {
  return underLoad(site, async (more) => {
    for (const [turn, victim] of victims.entries()) {
      await more(paymentsBetween);
      await victim.kill();
      await more(paymentsBetween);
      if (!isLastOneBack && turn === victims.length - 1) return;
      await victim.start();
      await site.bothReady();
    }
    await more(paymentsBetween);
  });
}

/** The database's server dies while the shop is at work, and its standby takes over. */
export async function failOverInTurns(
  site: ReplicasSite,
  database: ReplicatedDatabase,
  {
    deaths,
    paymentsBetween,
  }: { readonly deaths: readonly ServerDeath[]; readonly paymentsBetween: number },
): Promise<Outlived> {
  return underLoad(site, async (more) => {
    for (const [turn, death] of deaths.entries()) {
      if (turn > 0) await database.addStandby();
      await more(paymentsBetween);
      await database.failOver(death);
      await site.bothReady();
      await more(paymentsBetween);
    }
  });
}

/** Kills a worker while it asks Alipay about a refund; answers how long another took to take it up. */
export async function killHolding(
  site: ReplicasSite,
  { victim, other }: { readonly victim: Replica; readonly other: Replica },
): Promise<{ readonly takenUpAfterMs: number; readonly findings: readonly string[] }> {
  const { gateway, merchant, counters, rows } = site;
  await other.stop();
  const trade = await gateway.pay({ qrcode: counters[0]?.qrCode.code ?? '', amount: '12.50' });
  const { id: transactionId } = await merchant.transactionOf(trade);
  await gateway.fault(SPOT_REFUND, 'reset'); // the answer to the till
  await gateway.fault(SPOT_REFUND, 'slow:60000'); // and to the worker
  await merchant.refund({ transactionId, idempotencyKey: 'held' });
  await waitFor('a worker that asks', async () => (await gateway.waitingFaults()).length === 0);

  await victim.kill();
  const killedAt = Date.now();
  await other.start();
  await waitFor('a refund that is settled', async () => {
    const [open] = await rows<{ open: number }>(
      `select count(*)::int as open from refunds where status = 'PENDING'`,
    );
    return open?.open === 0;
  });
  const takenUpAfterMs = Date.now() - killedAt;
  return { takenUpAfterMs, findings: await findingsOf(site) };
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
