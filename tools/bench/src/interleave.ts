import { type Contestant, type Rounds } from './contestants';
import { postBackToBack } from './post-notifications';
import { type Round, runRound } from './run-round';
import { type NotificationPress, type SignedNotification } from './sign-notifications';
import { type Subject } from './subject';

export interface Lane {
  readonly name: Contestant;
  readonly subject: Subject;
  readonly press: NotificationPress;
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

const WARM_UP_SECONDS = 2;
const PILE_MAX = 50_000;
/** What a warm-up may use up, a second: more than a machine of today takes in. */
const FIRST_PER_SECOND = { one: 600, many: 2_000 } as const;
/** A pile for a little more than the fastest round so far. */
const RESERVE = 1.3;

/**
 * A B C, A B C, …: each lane once a round, so that what disturbs the machine disturbs all alike.
 * Lanes with one press post the same pile, each to a database of its own. The warm-up before is
 * not counted.
 */
export async function interleave(lanes: readonly Lane[], how: Interleaving): Promise<Rounds> {
  const results = new Map<Contestant, Round[]>(lanes.map(({ name }) => [name, []]));
  let fastest: number = FIRST_PER_SECOND[how.connections === 1 ? 'one' : 'many'];

  const runAll = async (seconds: number, keep: boolean): Promise<void> => {
    const count = Math.min(Math.ceil(fastest * seconds * RESERVE), PILE_MAX);
    const piles = new Map<NotificationPress, SignedNotification[]>();
    for (const { name, subject, press } of lanes) {
      const notifications = piles.get(press) ?? (await press.print(count));
      piles.set(press, notifications);
      const round = await runRound(subject, how.postgresPid, () =>
        postBackToBack({ ...how, url: subject.notifyUrl, notifications, seconds }),
      );
      how.signal.throwIfAborted();
      if (keep) results.get(name)?.push(round);
      fastest = Math.max(fastest, round.acceptedPerSecond);
    }
  };

  how.tell(`${how.title}: warming up …`);
  await runAll(WARM_UP_SECONDS, false);
  for (let round = 1; round <= how.rounds; round += 1) {
    how.tell(`${how.title}: round ${round} of ${how.rounds} …`);
    await runAll(how.seconds, true);
  }
  return Object.fromEntries(results);
}
