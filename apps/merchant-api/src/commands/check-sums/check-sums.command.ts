import { checkSums, type Weight } from '@countersign/merchant-domain';

import { connectToBooks } from '../connect-to-books';
import { type Command } from '../run-command';
import { asJson, inWords, summaryAsJson, summaryInWords } from './report-sums';

const USAGE = `Compares the books with every call to Alipay and every notification on record, and names what
disagrees, one line each. Reads one moment of the database, and writes nothing.

  npm run check-sums                    of DATABASE_URL, or of the running demo
  npm run -s check-sums -- --json       one JSON a line, for machines

  --json   one JSON a line; the last one is the summary
  --help   this text

Exit code: 0 everything agrees, 1 something disagrees or is unproven, 2 it could not be checked.
What is OPEN disagrees with nothing, and waits for a person. What to do about each kind stands in
docs/operations.md, "Do the books agree?".`;

const OPTIONS = { json: { type: 'boolean', default: false } } as const;

/** `npm run check-sums`. */
export const checkSumsCommand: Command<typeof OPTIONS> = {
  usage: USAGE,
  options: OPTIONS,
  run: async ({ env, now, print }, { json }) => {
    const client = await connectToBooks(env);
    try {
      await client.query('set statement_timeout = 0'); // the whole of the books may take a while
      const sums = checkSums(client, { now: now() });
      const found: Record<Weight, number> = { WRONG: 0, UNPROVEN: 0, OPEN: 0 };
      for await (const one of sums) {
        found[one.weight] += 1;
        await print(json ? asJson(one) : inWords(one));
      }
      await print(
        json ? summaryAsJson(sums.compared, found) : summaryInWords(sums.compared, found),
      );
      return found.WRONG + found.UNPROVEN === 0 ? 0 : 1;
    } finally {
      await client.end();
    }
  },
};
