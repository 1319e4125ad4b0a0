import { type Contestant, type Rounds } from './contestants';
import { postBackToBack } from './post-notifications';
import { type Round, runRound } from './run-round';
import { type NotificationPress, type SignedNotification } from './sign-notifications';
import { type Subject } from './subject';

export interface Lane {
  readonly name: Contestant;
  readonly subject: Subject;
  readonly press: NotificationPress;
  /** Fewer notifications a round than time would allow, where much follows of each. */
  readonly notificationsMax?: number;
}

export interface Interleaving {
  readonly title: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly postgresPid: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** Until V8 has compiled what is measured: cold code costs two to three times as much. */
const WARM_UP = { one: 500, many: 6_000 } as const;
const WARM_UP_SECONDS_MAX = 60;
const PILE_MAX = 50_000;
/** A pile for a little more than the fastest round so far. */
const RESERVE = 1.3;

/**
 * A B C, A B C, …: each lane once a round, so that what disturbs the machine disturbs all alike.
 * Lanes with one press post the same pile, each to a database of its own. The warm-up before is
 * not counted.
 */
export async function interleave(lanes: readonly Lane[], how: Interleaving): Promise<Rounds> {
  const results = new Map<Contestant, Round[]>(lanes.map(({ name }) => [name, []]));
  const warmUp = WARM_UP[how.connections === 1 ? 'one' : 'many'];
  let fastest = 0;

  const runAll = async (count: number, seconds: number, keep: boolean): Promise<void> => {
    const piles = new Map<NotificationPress, SignedNotification[]>();
    for (const { name, subject, press, notificationsMax = count } of lanes) {
      const most = Math.min(count, notificationsMax);
      const notifications = piles.get(press) ?? (await press.print(most));
      piles.set(press, notifications);
      const round = await runRound(subject, how, () =>
        postBackToBack({ ...how, url: subject.notifyUrl, notifications, seconds }),
      );
      how.signal.throwIfAborted();
      if (keep) results.get(name)?.push(round);
      fastest = Math.max(fastest, round.acceptedPerSecond);
    }
  };

  how.tell(`${how.title}: warming up …`);
  await runAll(warmUp, WARM_UP_SECONDS_MAX, false);
  for (let round = 1; round <= how.rounds; round += 1) {
    how.tell(`${how.title}: round ${round} of ${how.rounds} …`);
    const count = Math.min(Math.ceil(fastest * how.seconds * RESERVE), PILE_MAX);
    await runAll(count, how.seconds, true);
  }
  return Object.fromEntries(results);
}
