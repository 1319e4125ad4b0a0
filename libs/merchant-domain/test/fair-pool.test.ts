import { createTestDatabase, waitUntil } from '@countersign/postgres';

import { type Allowance, withinAllowance, withoutAllowance } from '../src/database/allowance';
import { type Connected, FairPool } from '../src/database/fair-pool';

let url: string;
let drop: () => Promise<void>;
beforeAll(async () => {
  const made = await createTestDatabase();
  ({ url } = made);
  drop = () => made.drop();
});
afterAll(() => drop());

const ALLOWANCE: Allowance = {
  signal: new AbortController().signal,
  rowsLeft: 1_000,
  cut: () => undefined,
  mayBeCut: () => true,
};

test.each([
  ['without an allowance', withoutAllowance],
  ['within one', <Result>(work: () => Result) => withinAllowance(ALLOWANCE, work)],
])(
  'a connection that is verified after the time of its waiter is up goes back to the pool (%s)',
  async (_how, as) => {
    const verifying: (() => void)[] = [];
    const pool = new FairPool({
      connectionString: url,
      max: 1,
      connectionTimeoutMillis: 500,
      verify: (_client, done) => verifying.push(done),
    });
    const answers: Parameters<Connected>[] = [];
    const connect = (): void => {
      pool.connect((...answer) => answers.push(answer));
    };
    const nextIsVerified = async (): Promise<void> => {
      expect(await waitUntil(() => verifying.length > 0, 10_000)).toBe(true);
      verifying.shift()?.();
    };
    as(connect);
    await nextIsVerified();
    const [error, client, release] = answers[0] ?? [];
    expect([error, client]).toEqual([undefined, expect.anything()]);

    as(connect);
    release?.(new Error('lost')); // who waits in line gets a new one
    expect(await waitUntil(() => answers.length > 1, 10_000)).toBe(true);
    await nextIsVerified();

    expect(answers.slice(1).map(([problem]) => problem?.message)).toEqual([
      'timeout exceeded when trying to connect',
    ]);
    expect(await waitUntil(() => pool.idleCount === 1, 10_000)).toBe(true);
    as(connect);
    expect(await waitUntil(() => answers.length > 2, 10_000)).toBe(true);
    answers[2]?.[2]();
    await pool.end();
  },
);
