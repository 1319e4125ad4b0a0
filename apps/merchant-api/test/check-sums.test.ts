import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DISAGREEMENT_KINDS, openDatabase } from '@countersign/merchant-domain';

import { checkSumsCommand } from '../src/commands/check-sums/check-sums.command';
import { connectToBooks } from '../src/commands/connect-to-books';
import { runCommand } from '../src/commands/run-command';
import { heardTerminal } from './support/heard-terminal';
import { createTestDatabase, type TestDatabase } from './support/test-database';

let books: TestDatabase;
beforeAll(async () => {
  books = await createTestDatabase();
  const database = await openDatabase({ url: books.url, migrate: true });
  await database.close();
});
afterAll(() => books.drop());

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { DATABASE_URL: books.url },
): Promise<{ exitCode: number; printed: string[]; complaints: string[] }> {
  const terminal = heardTerminal(env, () => new Date('2026-01-02T08:00:00Z'));
  const exitCode = await runCommand(checkSumsCommand, args, terminal);
  const { printed, complaints } = terminal;
  return { exitCode, printed, complaints };
}

const UNPROVEN_PAYMENT = `
  insert into transactions (id, alipay_trans_id, status, alipay_status, alipay_statuses_seen,
    amount_minor, currency, payment_institution, paid_at, created_at, updated_at)
  values ('019b7d00-0000-7000-8000-000000000001', '20260102', 'PAID', 'TRADE_SUCCESS',
    '{TRADE_SUCCESS}', 1250, 'HKD', 'UNKNOWN', now(), now(), now());
  insert into transaction_events (id, transaction_id, type, status, amount_minor, currency, actor,
    occurred_at, recorded_at)
  select gen_random_uuid(), id, 'PAYMENT_RECEIVED', status, amount_minor, currency, 'alipay',
    now(), now() from transactions;`;

test('books in which everything agrees end with what was compared, and 0', async () => {
  expect(await run([])).toEqual({
    exitCode: 0,
    printed: [
      '0 transactions, 0 refunds, 0 cancels, 0 codes, 0 notifications, 0 events, 0 calls compared: 0 disagreements',
    ],
    complaints: [],
  });
});

describe('with a payment that nobody told of', () => {
  beforeAll(() => books.run(UNPROVEN_PAYMENT));
  afterAll(() => books.run('truncate transactions cascade'));

  test('it is named on a line, with what to do, and the answer is 1', async () => {
    const { exitCode, printed } = await run([]);

    expect(exitCode).toBe(1);
    expect(printed).toEqual([
      expect.stringMatching(
        /^UNPROVEN TRANSACTION_UNPROVEN transaction 019b7d00-0000-7000-8000-000000000001 alipayStatusesSeen: books TRADE_SUCCESS, evidence none\. .*refreshTransaction/,
      ),
      '1 transaction, 0 refunds, 0 cancels, 0 codes, 0 notifications, 1 event, 0 calls compared: 0 disagreements, 1 unproven',
    ]);
  });

  test('machines read one JSON a line, the summary last', async () => {
    const { exitCode, printed } = await run(['--json']);

    expect(exitCode).toBe(1);
    expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        type: 'disagreement',
        kind: 'TRANSACTION_UNPROVEN',
        record: 'transaction',
        books: 'TRADE_SUCCESS',
        evidence: null,
      }),
      expect.objectContaining({ type: 'summary', disagreements: 0, unproven: 1, open: 0 }),
    ]);
  });
});

test('nothing can be written over its connection', async () => {
  const client = await connectToBooks({ DATABASE_URL: books.url });

  const writing = client.query('delete from transactions');

  await expect(writing).rejects.toMatchObject({ code: '25006' });
  await client.end();
});

describe('a database of another schema is not touched', () => {
  const NEWER = `insert into schema_migrations (timestamp, name) values (9, 'Newer9')`;

  test.each([
    [
      'older',
      `delete from schema_migrations where name like 'Restorations%'`,
      /older.*Restorations/,
    ],
    ['newer', NEWER, /newer.*Newer9/],
    ['someone else’s', 'drop table schema_migrations', /holds no books of Countersign/],
  ])('%s', async (_which, statement, says) => {
    const other = await createTestDatabase();
    const database = await openDatabase({ url: other.url, migrate: true });
    await database.close();
    await other.run(statement);

    const { exitCode, printed, complaints } = await run([], { DATABASE_URL: other.url });

    expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: [] });
    expect(complaints.join()).toMatch(says);
    await other.drop();
  });
});

test.each<[string, string[], Record<string, string>, RegExp]>([
  ['without a database', [], {}, /DATABASE_URL is not set, and the demo does not run.*npm start/],
  ['with another database', [], { DATABASE_URL: 'mysql://x/y' }, /must begin with postgres:/],
  [
    'where none answers',
    [],
    { DATABASE_URL: 'postgres://me:hidden@127.0.0.1:1/books' },
    /^The database cannot be reached: (?!.*hidden)/,
  ],
  ['with an option that it does not know', ['--fix'], {}, /--fix[^]*--json/],
])('%s it says so, and answers 2', async (_when, args, env, says) => {
  const { exitCode, printed, complaints } = await run(args, env);

  expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: [] });
  expect(complaints.join()).toMatch(says);
});

test('--help tells what it does, and looks at no database', async () => {
  const { exitCode, printed } = await run(['--help'], {});

  expect(exitCode).toBe(0);
  expect(printed.join()).toMatch(/Exit code: 0 everything agrees/);
});

test('what to do about each kind stands in the operations guide', () => {
  const guide = readFileSync(join(__dirname, '../../../docs/operations.md'), 'utf8');
  const [, section = ''] = guide.split('## Do the books agree?');

  const missing = Object.keys(DISAGREEMENT_KINDS).filter(
    (kind) => !section.includes(`\`${kind}\``),
  );

  expect(missing).toEqual([]);
});
