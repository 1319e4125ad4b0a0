import {
  type Books,
  confirmPayment,
  endRestoration,
  findWhereabouts,
  openDatabase,
  ownerCaller,
  recordRestoration,
  type Refusal,
  restorationProgress,
} from '@countersign/merchant-domain';
import { uuidv7 } from 'uuidv7';

import { CommandStopped } from '../command-stopped';
import { connectToBooks, readDatabaseUrl } from '../connect-to-books';
import { type Command, type Terminal } from '../run-command';
import { describeProgress } from './describe-progress';

const USAGE = `Walks you through what is to be done after a backup of the books was restored. Without an option it
says where you stand and what comes next.

  npm run after-restore                                     where you stand
  npm run after-restore -- --record                         a backup was put back in place, file by file
  npm run after-restore -- --confirm <trade_no> --note "…"  the books miss nothing of this payment
  npm run after-restore -- --end --note "…"                 the books miss nothing any more

  --record          a dump that is restored into another database is noticed by itself; this is not.
                    Books of an earlier version are brought up to date
  --confirm         Alipay's number of one payment, which may be refunded anew from then on
  --end             no payment is in doubt any more
  --note            how you know: kept with what you confirm
  --by              your name, kept with it, too; the user of this machine when left out
  --help            this text

Exit code: 0 done, or nothing to be done; 1 payments are in doubt; 2 it could not be done.`;

const OPTIONS = {
  record: { type: 'boolean', default: false },
  confirm: { type: 'string' },
  end: { type: 'boolean', default: false },
  note: { type: 'string' },
  by: { type: 'string' },
} as const;

/** `npm run after-restore`. */
export const afterRestoreCommand: Command<typeof OPTIONS> = {
  usage: USAGE,
  options: OPTIONS,
  run: async (terminal, { record, confirm, end, note, by }) => {
    const deeds = [record, confirm !== undefined, end].filter((isAsked) => isAsked);
    if (deeds.length > 1) throw new CommandStopped('Do one thing at a time: see --help.');
    return withBooks(terminal, record, async (books) => {
      const who = by ?? terminal.env['USER'] ?? 'operator';
      const said = { caller: ownerCaller(who), note: note ?? '' };
      await (record ? recordRestoration(books) : refuseUnnoticed(books));
      if (confirm !== undefined) {
        refuseUnless(await confirmPayment(books, { ...said, alipayTransId: confirm }));
        await terminal.print(
          `${confirm} is confirmed: it may be refunded anew, and what is open of it is sent.`,
        );
      }
      if (end) {
        refuseUnless(await endRestoration(books, said));
        await terminal.print('No payment is in doubt any more.');
        return 0;
      }
      const progress = await restorationProgress(books.database);
      for (const line of describeProgress(progress)) await terminal.print(line);
      return progress === null ? 0 : 1;
    });
  },
};

/** A backup that was put back may be of an earlier version, and has to be told of before the API starts on it. */
async function withBooks(
  { env, now }: Terminal,
  isPutBack: boolean,
  work: (books: Books) => Promise<number>,
): Promise<number> {
  const client = await connectToBooks(env, { mayBeBehind: isPutBack }); // refuses another schema, in words
  await client.end();
  const url = readDatabaseUrl(env);
  if (isPutBack) await (await openDatabase({ url, migrate: true })).close();
  const database = await openDatabase({
    url,
    connectionsMax: 2,
    statementTimeoutMs: LARGE_BOOKS_MS,
  });
  try {
    return await work({ database, now, newId: uuidv7 });
  } finally {
    await database.close();
  }
}

/** All payments of large books are counted. */
const LARGE_BOOKS_MS = 30 * 60_000;

/** Until a process has noticed a restore all payments are in doubt, and nothing is on record to be confirmed. */
async function refuseUnnoticed({ database }: Books): Promise<void> {
  const { wereRestored } = await findWhereabouts(database.manager);
  if (!wereRestored) return;
  throw new CommandStopped(
    'These books were restored, and no process has noticed it yet: all payments are in doubt. Start the API, and come back.',
  );
}

function refuseUnless(result: Refusal | object): void {
  if ('refusal' in result) throw new CommandStopped(result.message);
}
