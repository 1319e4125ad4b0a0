import { cpuMsOf, cpuMsOfFamily } from './cpu-time';
import { type Posted } from './post-notifications';
import { percentile } from './statistics';
import { type Subject } from './subject';

/** What one subject reached in one round. CPU is null where the system does not say. */
export interface Round {
  readonly accepted: number;
  readonly refused: number;
  readonly acceptedPerSecond: number;
  /** Accepted, applied, and heard of by the subscriber; null where nobody is told. */
  readonly pushedPerSecond: number | null;
  /** How often the subscriber was sent away as too slow, and came back. */
  readonly comebacks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the subject's process for one notification, in µs, everything included that follows of it. */
  readonly nodeCpuUs: number | null;
  /** Of PostgreSQL, likewise. */
  readonly postgresCpuUs: number | null;
}

/** Lets a subject take notifications in, and counts until nothing that follows of them is left. */
export async function runRound(
  subject: Subject,
  { postgresPid, signal }: { readonly postgresPid: number; readonly signal: AbortSignal },
  post: () => Promise<Posted>,
): Promise<Round> {
  subject.subscriber?.heardAt.clear();
  const comebacksBefore = subject.subscriber?.comebacks() ?? 0;
  const keptBefore = await subject.countKept();
  const before = readCpu(subject.pid, postgresPid);
  const startedAt = performance.now();

  const posted = await post();
  const accepted = posted.accepted.length;
  await subject.subscriber?.hearAll(posted.accepted, signal);
  const pushedAt = performance.now();
  await subject.askedAll(signal);

  const after = readCpu(subject.pid, postgresPid);
  const kept = (await subject.countKept()) - keptBefore;
  if (posted.refused === 0 && kept !== accepted) {
    throw new Error(`${accepted} notifications were acknowledged, and ${kept} are kept.`);
  }
  return {
    accepted,
    refused: posted.refused,
    acceptedPerSecond: accepted / posted.seconds,
    pushedPerSecond:
      subject.subscriber === undefined ? null : accepted / ((pushedAt - startedAt) / 1_000),
    comebacks: (subject.subscriber?.comebacks() ?? 0) - comebacksBefore,
    p50Ms: percentile(posted.latenciesMs, 0.5),
    p99Ms: percentile(posted.latenciesMs, 0.99),
    nodeCpuUs: perNotification(after.nodeMs, before.nodeMs, accepted),
    postgresCpuUs: perNotification(after.postgresMs, before.postgresMs, accepted),
  };
}

function readCpu(
  pid: number,
  postgresPid: number,
): { readonly nodeMs: number | null; readonly postgresMs: number | null } {
  return { nodeMs: cpuMsOf(pid), postgresMs: cpuMsOfFamily(postgresPid) };
}

function perNotification(
  afterMs: number | null,
  beforeMs: number | null,
  notifications: number,
): number | null {
  if (afterMs === null || beforeMs === null || notifications === 0) return null;
  return ((afterMs - beforeMs) * 1_000) / notifications;
}
