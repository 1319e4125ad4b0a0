import { runBench } from './run-bench';
import { HELP, readCommandLine } from '../src/command-line';
import { flatnessOf } from '../src/flatness';

test.each([
  [['notifications', '--rounds', '0'], '--rounds is no whole number from 1 to 50'],
  [['notifications', '--connections', '5e1'], '--connections is no whole number from 1 to 500'],
  [['notifications', '--sign-type', 'DSA'], '--sign-type is none of MD5, RSA, RSA2'],
  [['signatures', '--seconds', '5'], "Unknown option '--seconds'"],
  [['start', '--rounds', '51'], '--rounds is no whole number from 1 to 50'],
  [
    ['refunds'],
    'There is no benchmark "refunds"; there are: notifications, tills, failures, signatures, start, pages, reports, exports, statements, operations, streams, replicas, memory, soak',
  ],
  [['tills', '--tills', '10001'], '--tills is no whole number from 1 to 10000'],
  [['failures', '--seconds', '3'], '--seconds is no whole number from 4 to 300'],
  [['pages', '--transactions', '999'], '--transactions is no whole number from 1000 to 10000000'],
  [['exports', '--format', 'xlsx'], '--format is none of csv, jsonl'],
  [['operations', '--connections', '101'], '--connections is no whole number from 1 to 100'],
  [['statements', '--lines', '1000001'], '--lines is no whole number from 100 to 1000000'],
  [['notifications', '--fast'], "Unknown option '--fast'"],
  [['streams', '--subscriptions', '4'], '--subscriptions is no whole number from 5 to 10000'],
  [['replicas', '--connections', '1'], '--connections is no whole number from 2 to 500'],
  [['memory', '--count', '1000001'], '--count is no whole number from 100 to 1000000'],
  [['soak', '--minutes', '241'], '--minutes is no whole number from 0 to 240'],
])('refuses %j, and says why', (args, message) => {
  const asked = readCommandLine(args);

  expect(asked.kind === 'MISTAKE' && asked.message).toContain(message);
});

test('measures five rounds of five seconds at 50 connections unless told otherwise', () => {
  expect(readCommandLine(['notifications'])).toEqual({
    kind: 'NOTIFICATIONS',
    options: {
      rounds: 5,
      seconds: 5,
      connections: 50,
      rate: 50,
      signType: 'RSA2',
      logLevel: 'info',
      json: false,
    },
  });
});

test('connects two thousand tills of two hundred stores unless told otherwise', () => {
  expect(readCommandLine(['tills'])).toEqual({
    kind: 'TILLS',
    options: { tills: 2_000, stores: 200, rate: 50, seconds: 20, json: false },
  });
});

test('pages through a hundred thousand payments of a thousand stores unless told otherwise', () => {
  expect(readCommandLine(['pages'])).toEqual({
    kind: 'PAGES',
    options: {
      transactions: 100_000,
      stores: 1_000,
      rounds: 20,
      serverUrl: undefined,
      json: false,
    },
  });
});

test('soaks for an hour, with a rolling restart every ten minutes, unless told otherwise', () => {
  expect(readCommandLine(['soak'])).toEqual({
    kind: 'SOAK',
    options: {
      minutes: 60,
      tills: 2_000,
      stores: 200,
      rate: 50,
      restartMinutes: 10,
      json: false,
    },
  });
});

test('what rises by more than chance is not flat', () => {
  const noisy = [101, 99, 100, 102, 98, 101, 99, 100];

  expect(flatnessOf(noisy)).toMatchObject({ mean: 100, isFlat: true });
  expect(flatnessOf(noisy.map((value, index) => value + 5 * index)).isFlat).toBe(false);
  expect(flatnessOf(noisy.map((value, index) => value - 5 * index)).isFlat).toBe(true);
  expect(flatnessOf([100, 200]).isFlat).toBeNull();
});

test('starts and prints its help', async () => {
  expect(await runBench('--help')).toBe(HELP);
});

test('a file is imported beside the bare loop, again, and with nothing in it', async () => {
  const result = JSON.parse(
    (await runBench('statements', '--lines', '100', '--rounds', '1', '--json'))
      .trim()
      .split('\n')
      .at(-1) ?? '',
  ) as unknown;

  expect(result).toMatchObject({
    product: [{ result: { lineCount: 100, matchedCount: 100, status: 'RECONCILED' } }],
    bare: [{ result: { lineCount: 100, matchedCount: 100 } }],
    again: { result: { matchedCount: 100 } },
    missing: 100,
  });
});
