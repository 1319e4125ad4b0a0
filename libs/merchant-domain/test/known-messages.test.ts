import {
  createDatabase,
  REPLICATING,
  startThrowawayPostgres,
  waitUntil,
} from '@countersign/postgres';
import { Client } from 'pg';

import { openDatabase } from '../src/database/open-database';
import { notify, openCounter, openInbox, paymentFields } from './support/payments';
import { createWorld } from './support/world';

test('a message or its copy is answered once the standby has it, and not earlier', async () => {
  const server = await startThrowawayPostgres(REPLICATING);
  const url = await createDatabase(server.url, 'books');
  const operator = new Client({ connectionString: server.url });
  await operator.connect();
  // Many have it so, to keep their logs short.
  await operator.query('alter database books set client_min_messages = error');
  await (await openDatabase({ url, migrate: true })).close();
  const world = await createWorld({ books: { url, replicaUrls: [] } });
  const inbox = openInbox(world);
  const { code } = await openCounter(world);
  const fields = paymentFields();
  await notify(inbox, fields, code.id);
  const waitFor = async (standby: string): Promise<void> => {
    await operator.query(`alter system set synchronous_standby_names = '${standby}'`);
    await operator.query('select pg_reload_conf()');
    await waitUntil(async () => {
      const { rows } = await operator.query<{ names: string }>(
        `select current_setting('synchronous_standby_names') as names`,
      );
      return rows[0]?.names === standby;
    }, 10_000);
  };
  const isWaiting = async (): Promise<boolean> => {
    const { rows } = await operator.query(
      `select from pg_stat_activity where datname = 'books' and wait_event = 'SyncRep'`,
    );
    return rows.length > 0;
  };

  // Its line is broken; what was written before may be on the primary alone.
  await waitFor('a_standby');
  let answer: unknown;
  const answered = notify(inbox, fields, code.id).then((said) => (answer = said));
  await waitUntil(isWaiting, 10_000);
  expect(answer).toBeUndefined();
  await waitFor('');
  expect(await answered).toBe('DUPLICATE');

  // An operator cancels what hangs: PostgreSQL calls it done.
  await waitFor('a_standby');
  const cancelled = notify(inbox, paymentFields(), code.id);
  cancelled.catch(() => undefined);
  await waitUntil(isWaiting, 10_000);
  await operator.query(
    `select pg_cancel_backend(pid) from pg_stat_activity where datname = 'books' and wait_event = 'SyncRep'`,
  );
  await expect(cancelled).rejects.toThrow(/synchronous standby/);
  await waitFor('');

  await inbox.close();
  await world.close();
  await operator.end();
  await server.close();
}, 60_000);
