import { type Environment } from '../../config/settings';
import { CommandStopped, reasonOf } from '../command-stopped';
import { connectToBooks } from '../connect-to-books';
import { doubtful, type Finding, good, wrong } from './finding';

const ABOUT = 'books';
/** A code on a counter is paid with sooner than that, or its notifications go elsewhere. */
const quietDays = 1;
const shownMax = 5;

/** Whether the books are there, and which codes Alipay has never spoken of. */
export async function checkBooks(env: Environment, now: () => Date): Promise<Finding[]> {
  try {
    const client = await connectToBooks(env);
    try {
      const since = new Date(now().getTime() - quietDays * 86_400_000);
      const { rows } = await client.query<{ name: string | null; active: string; quiet: string }>(
        QUIET,
        [since, shownMax],
      );
      const [first] = rows;
      const active = first?.active ?? '0';
      const names = rows.flatMap(({ name }) => name ?? []);
      return [
        good(ABOUT, `they are of this version; ${active} code(s) can be paid with`),
        ...(names.length === 0
          ? []
          : [
              doubtful(
                'codes',
                `Alipay has never spoken of ${first?.quiet ?? ''} of them, older than ${quietDays} day: ${names.join(', ')}`,
                'Pay a small amount with one: when no notification comes, modifyQrCode sends Alipay our address once more.',
              ),
            ]),
      ];
    } finally {
      await client.end();
    }
  } catch (error) {
    if (error instanceof CommandStopped) {
      return [
        wrong(ABOUT, reasonOf(error).replace(/\.$/, ''), 'See docs/operations.md, "Run it".'),
      ];
    }
    throw error;
  }
}

/** At least one row, which holds the counts. */
const QUIET = `
  with active as (select * from qr_codes where status = 'ACTIVE'),
       quiet as (select * from active where last_notified_at is null and created_at < $1)
  select (select count(*) from active) as active, (select count(*) from quiet) as quiet,
         named.name
  from (select 1) one
  left join lateral (
    select s.name || coalesce(' (' || q.label || ')', '') as name
    from quiet q join stores s on s.id = q.store_id
    order by q.created_at limit $2) named on true`;
