import { createTestLog } from '../../test/support/test-log';
import { until } from '../../test/support/until';
import { runRepeatedly } from './run-repeatedly';

test('one that fails is tried again, and told of', async () => {
  const log = createTestLog();
  let turns = 0;
  const work = runRepeatedly({
    name: 'work',
    everyMs: 10,
    log,
    turn: () => {
      turns += 1;
      return turns < 2 ? Promise.reject(new Error('away')) : Promise.resolve();
    },
  });

  await until('the second turn', () => turns >= 2 && log.lines.length >= 2);
  await work.stop();

  expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info']);
});

test('a nudge does not wait for the pause, also when it comes during a turn', async () => {
  let turns = 0;
  let endTurn: (() => void) | undefined;
  const work = runRepeatedly({
    name: 'work',
    everyMs: 3_600_000,
    log: createTestLog(),
    turn: () => {
      turns += 1;
      return new Promise((resolve) => {
        endTurn = resolve;
      });
    },
  });

  work.nudge();
  endTurn?.();
  await until('the second turn', () => turns === 2);
  endTurn?.();
  await until('the pause', () => Promise.resolve(true));
  work.nudge();
  await until('the third turn', () => turns === 3);
  endTurn?.();
  await work.stop();

  expect(turns).toBe(3);
});

test('stopping waits for the turn under way, and no other begins', async () => {
  const facts: string[] = [];
  let endTurn: (() => void) | undefined;
  const work = runRepeatedly({
    name: 'work',
    everyMs: 1,
    log: createTestLog(),
    turn: async () => {
      facts.push('begun');
      await new Promise<void>((resolve) => {
        endTurn = resolve;
      });
      facts.push('ended');
    },
  });

  const stopped = work.stop().then(() => facts.push('stopped'));
  endTurn?.();
  await stopped;

  expect(facts).toEqual(['begun', 'ended', 'stopped']);
});
