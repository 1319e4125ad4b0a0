import { waitUntil } from '@countersign/postgres';
import { Client } from 'pg';

import { type Database, openDatabase } from '../src/database/open-database';
import { TransactionEvent } from '../src/event/transaction-event.entity';
import { Notification } from '../src/inbox/notification.entity';
import { processNotifications } from '../src/inbox/process-notifications';
import { notify, openCounter, openInbox, paymentFields } from './support/payments';
import { createWorld, type World } from './support/world';

let world: World;
let database: Database;
let holder: Client;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);
beforeEach(async () => {
  await world.startAfresh();
  // As an operator may write it who wants no statement to be waited for for long.
  const url = `${world.database.url}?query_timeout=500`;
  database = await openDatabase({ url, connectionsMax: 1 });
  holder = new Client({ connectionString: world.database.url });
  await holder.connect();
});
afterEach(() => Promise.all([database.close(), holder.end()]));
afterAll(() => world.close());

test('a payment whose block the driver gives up is told by whoever applies it next', async () => {
  const { code } = await openCounter(world);
  const inbox = openInbox(world);
  await notify(inbox, paymentFields(), code.id);
  await inbox.close();
  await holder.query('begin');
  await holder.query('select from qr_codes for no key update');

  // Its payment is written, and the event is not. The ROLLBACK is given up, too.
  const applied = processNotifications({ ...world.domain, database }, { limit: 100 });
  await expect(applied).rejects.toThrow('Query read timeout');
  await holder.query('rollback');
  const isDone = (): Promise<boolean> =>
    database
      .atomically(world.domain, ({ manager }) => manager.query('select 1'))
      .then(
        () => true,
        () => false,
      );
  expect(await waitUntil(isDone, 10_000)).toBe(true);

  const { manager } = world.database;
  // The server may hold the message for a moment longer than its connection.
  const isApplied = async (): Promise<boolean> => {
    await processNotifications(world.domain, { limit: 100 });
    return manager.existsBy(Notification, { status: 'APPLIED' });
  };
  expect(await waitUntil(isApplied, 10_000)).toBe(true);
  expect(await manager.find(TransactionEvent)).toMatchObject([{ type: 'PAYMENT_RECEIVED' }]);
});
