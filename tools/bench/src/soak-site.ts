import { type Program } from './start-program';

/** A place in the deployment: the process that holds it now, and how to start the next one. */
export interface Replica {
  readonly role: 'api' | 'worker';
  /** Restarted in a rolling restart; one that is not shows what a long life does to memory. */
  readonly isRolled: boolean;
  program: Program;
  readonly startNext: () => Promise<Program>;
}

/**
 * One place after the other: the next process is ready and takes new connections before the one before
 * it is told to stop.
 */
export async function rollingRestart(
  replicas: readonly Replica[],
  balancer: Program,
): Promise<number> {
  let restarted = 0;
  for (const replica of replicas.filter(({ isRolled }) => isRolled)) {
    const former = replica.program;
    replica.program = await replica.startNext();
    await tellBalancer(replicas, balancer);
    await former.close();
    restarted += 1;
  }
  return restarted;
}

export async function tellBalancer(replicas: readonly Replica[], balancer: Program): Promise<void> {
  const ports = replicas
    .filter(({ role }) => role === 'api')
    .map(({ program }) => Number(new URL(program.url).port));
  await balancer.ask({ ports });
}
