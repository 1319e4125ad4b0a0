import { createApiKey, ownerCaller } from '@countersign/merchant-domain';
import { uuidv7 } from 'uuidv7';

import { CommandStopped } from '../command-stopped';
import { type Command } from '../run-command';
import { openBooks } from './open-books';
import { readWish } from './read-wish';

const USAGE = `Makes an API key: the first one of a deployment without an identity provider, before its API
starts, or any other. The secret is printed this once, alone on standard output; nobody can show it again.

  npm run create-api-key -- --role OWNER
  npm run create-api-key -- --role CASHIER --name "Till 3" --stores <id>,<id> --refund-limit "200.00 HKD"
  KEY=$(npm run -s create-api-key -- --role OWNER)

  --role           OWNER, MANAGER, CASHIER or AUDITOR
  --name           what it is for, for people
  --stores         ids of stores, parted by commas; a MANAGER's or CASHIER's key needs them
  --refund-limit   the most it may give back in one refund or cancel
  --expires        when it ends by itself: 2027-01-01, or an instant
  --help           this text

Of DATABASE_URL, or of the running demo. An empty database is made ready. Exit code: 0 made, 2 not made.
Programs send it as "Authorization: Bearer <key>". What each role may do stands in docs/access.md.`;

const OPTIONS = {
  role: { type: 'string' },
  name: { type: 'string' },
  stores: { type: 'string' },
  'refund-limit': { type: 'string' },
  expires: { type: 'string' },
} as const;

/** Who it was, in the records: whoever can reach the database may do everything anyway. */
const OPERATOR = ownerCaller('create-api-key');

/** `npm run create-api-key`. */
export const createApiKeyCommand: Command<typeof OPTIONS> = {
  usage: USAGE,
  options: OPTIONS,
  run: async ({ env, now, print, complain }, given) => {
    const wish = readWish(given);
    const database = await openBooks(env);
    try {
      const made = await createApiKey(
        { database, now, newId: uuidv7 },
        { caller: OPERATOR, ...wish },
      );
      if ('refusal' in made) throw new CommandStopped(made.message);
      const { role, prefix, name } = made.apiKey;
      await complain(
        `A key was made: ${role}, ${prefix}… (${name}). Keep it; it is not shown again:`,
      );
      await print(made.secret);
      return 0;
    } finally {
      await database.close();
    }
  },
};
