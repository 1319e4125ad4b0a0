import { readFileSync } from 'node:fs';

import { readConfig, type Config } from '../../config';
import { type Environment } from '../../config/settings';
import { CommandStopped, reasonOf } from '../command-stopped';
import { type Command } from '../run-command';
import { checkAccess } from './check-access';
import { checkBooks } from './check-books';
import { checkGateway } from './check-gateway';
import { checkKeys } from './check-keys';
import { checkNotificationAddress } from './check-notification-address';
import { checkStatementServer } from './check-statement-server';
import { type Finding, good, wrong } from './finding';
import { recordDay } from './record/record-day';

const USAGE = `Looks at a whole set-up before a customer pays: configuration, keys, clock, gateway, the address that
Alipay notifies, the file server, the books. It asks Alipay about a payment that does not exist, and changes
nothing anywhere.

  npm run -s doctor                   of this environment, or of the running demo
  npm run -s doctor -- --json         one JSON a line, for machines
  npm run -s doctor -- --record first-day

  --json            one JSON a line: { verdict, about, words, remedy }
  --record FOLDER   looks at nothing, and writes what Alipay sent and answered on its first day as test
                    vectors, with other names in them and other keys; see docs/operations.md
  --day 2026-01-02  records that Beijing day instead
  --help            this text

Exit code: 0 nothing is wrong (there may be warnings), 1 something is wrong, 2 it could not look.`;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  record: { type: 'string' },
  day: { type: 'string' },
} as const;

/** `npm run doctor`. */
export const doctorCommand: Command<typeof OPTIONS> = {
  usage: USAGE,
  options: OPTIONS,
  run: async ({ env, now, print }, { json, record: folder, day }) => {
    if (folder !== undefined) {
      await recordDay(env, { folder, day }, print);
      return 0;
    }
    if (day !== undefined) throw new CommandStopped('--day goes with --record.');
    const verdicts = new Set<Finding['verdict']>();
    const tell = async (finding: Finding): Promise<void> => {
      verdicts.add(finding.verdict);
      await print(json ? JSON.stringify(finding) : inWords(finding));
    };
    const config = readWith(env);
    if (Array.isArray(config)) {
      for (const problem of config) await tell(problem);
      return 1;
    }
    const { url, partnerId } = config.gateway;
    await tell(good('configuration', `complete, for partner ${partnerId} at ${url}`));
    for (const check of [
      () => checkKeys(config, env),
      () => checkGateway(config, now),
      () => checkNotificationAddress(config),
      () => checkAccess(config),
      () => checkStatementServer(config),
      () => checkBooks(env, now),
    ]) {
      for (const finding of await check()) await tell(finding);
    }
    return verdicts.has('wrong') ? 1 : 0;
  },
};

/** The configuration, or everything that is wrong with it. */
function readWith(env: Environment): Config | Finding[] {
  try {
    return readConfig(env, (path) => readFileSync(path, 'utf8'));
  } catch (error) {
    const problems = reasonOf(error)
      .replace(/^Cannot start: |\.$/g, '')
      .split('; ');
    return problems.map((problem) =>
      wrong('configuration', problem, 'Set it as docs/operations.md, "Configuration", says.'),
    );
  }
}

const MARKS = { good: 'ok   ', doubtful: 'warn ', wrong: 'WRONG' } as const;

function inWords({ verdict, about, words, remedy }: Finding): string {
  return `${MARKS[verdict]} ${about}: ${words}.${remedy === undefined ? '' : ` ${remedy}`}`;
}
