import { openDatabase } from '@countersign/merchant-domain';

import { afterRestoreCommand } from '../src/commands/after-restore/after-restore.command';
import { runCommand } from '../src/commands/run-command';
import { createTestDatabase, type TestDatabase } from './support/test-database';

let books: TestDatabase;
beforeAll(async () => {
  books = await createTestDatabase();
  const database = await openDatabase({ url: books.url, migrate: true });
  await database.close();
  await books.run(`
    insert into transactions (id, alipay_trans_id, status, alipay_status, alipay_statuses_seen,
      amount_minor, currency, payment_institution, paid_at, created_at, updated_at)
    values ('019b7d00-0000-7000-8000-000000000001', '20260102', 'PAID', 'TRADE_SUCCESS',
      '{TRADE_SUCCESS}', 1250, 'HKD', 'UNKNOWN', '2026-01-02T07:00:00Z', now(), now())`);
});
afterAll(() => books.drop());

async function run(
  at: TestDatabase,
  ...args: string[]
): Promise<{ exitCode: number; said: string }> {
  const lines: string[] = [];
  const say = (line: string): Promise<void> => {
    lines.push(line);
    return Promise.resolve();
  };
  const exitCode = await runCommand(afterRestoreCommand, args, {
    env: { DATABASE_URL: at.url, USER: 'nightshift' },
    now: () => new Date('2026-01-02T08:00:00Z'),
    print: say,
    complain: say,
  });
  return { exitCode, said: lines.join('\n') };
}

test('an operator is walked from a restored backup to complete books', async () => {
  expect(await run(books)).toMatchObject({
    exitCode: 0,
    said: expect.stringMatching(/in doubt: these/) as string,
  });
  expect(await run(books, '--end', '--note', 'x')).toMatchObject({ exitCode: 2 });
  expect(await run(books, '--record', '--end')).toMatchObject({
    exitCode: 2,
    said: expect.stringContaining('one thing at a time') as string,
  });

  const recorded = await run(books, '--record');
  expect(recorded.exitCode).toBe(1);
  expect(recorded.said).toContain('1 payment made before may have been refunded');
  expect(recorded.said).toContain('asks Alipay for the state of 1 payment');

  expect(await run(books, '--confirm', '20260102')).toMatchObject({
    exitCode: 2,
    said: expect.stringContaining('note') as string,
  });
  expect(await run(books, '--confirm', 'nobody', '--note', 'x')).toMatchObject({ exitCode: 2 });
  const confirmed = await run(books, '--confirm', '20260102', '--note', 'seen in the portal');
  expect(confirmed).toMatchObject({
    exitCode: 1,
    said: expect.stringContaining('1 confirmed') as string,
  });
  expect(
    await books.run(`select actor, detail from transaction_events where type = 'RECONCILED'`),
  ).toEqual([{ actor: 'nightshift', detail: { note: 'seen in the portal' } }]);

  expect(await run(books, '--end', '--note', 'compared', '--by', 'day shift')).toMatchObject({
    exitCode: 0,
  });
  expect(await books.run('select ended_by, note from restorations')).toEqual([
    { ended_by: 'day shift', note: 'compared' },
  ]);
  expect(await run(books)).toMatchObject({ exitCode: 0 });
});

test('a backup of an earlier version is in doubt before the API has started on it', async () => {
  const earlier = await createTestDatabase();
  await (await openDatabase({ url: earlier.url, migrate: true })).close();
  await earlier.run(`
    alter table transactions drop column paid_at_guessed;
    delete from schema_migrations where name like 'GuessedTimes%'`);

  expect(await run(earlier)).toMatchObject({
    exitCode: 2,
    said: expect.stringMatching(
      /older than this version.*--record.*before the API starts/,
    ) as string,
  });
  expect(await run(earlier, '--record')).toMatchObject({ exitCode: 1 });
  expect(await earlier.run('select from restorations where ended_at is null')).toHaveLength(1);
  await earlier.drop();
});

test('before a process has noticed a restore nobody is told that nothing is in doubt', async () => {
  await books.run(`update deployment set database_identity = 'another/1'`);

  for (const args of [[], ['--end', '--note', 'compared']]) {
    expect(await run(books, ...args)).toMatchObject({
      exitCode: 2,
      said: expect.stringMatching(/no process has noticed it yet.*Start the API/) as string,
    });
  }
});
