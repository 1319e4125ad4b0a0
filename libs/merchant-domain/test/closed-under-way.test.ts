import { setImmediate as turn } from 'node:timers/promises';

import { waitUntil } from '@countersign/postgres';
import { Client } from 'pg';

import { openDatabase } from '../src/database/open-database';
import { TransactionEvent } from '../src/event/transaction-event.entity';
import { Notification } from '../src/inbox/notification.entity';
import { processNotifications } from '../src/inbox/process-notifications';
import { notify, openCounter, openInbox, paymentFields } from './support/payments';
import { untilWaiting } from './support/until-waiting';
import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

/** More than there are connections. */
const OTHERS = 20;

test.each([
  ['on the only connection that there may be', 1],
  ['on the only one that is ready, of those that there may be', 8],
])(
  'a payment whose block is under way when the books are closed, %s, is told by whoever applies it next',
  async (_where, connectionsMax) => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    await notify(inbox, paymentFields(), code.id);
    await inbox.close();
    const database = await openDatabase({ url: world.database.url, connectionsMax });
    const holder = new Client({ connectionString: world.database.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from qr_codes for no key update');

    // Its payment is written, and the event is not.
    const applied = processNotifications({ ...world.domain, database }, { limit: 100 });
    const ended = Promise.allSettled([applied]);
    await untilWaiting(world, 1, 'update qr_codes');
    void Promise.allSettled(
      Array.from({ length: OTHERS }, () =>
        database.atomically(world.domain, ({ manager }) => manager.query('select 1')),
      ),
    );
    await turn(); // they wait in line
    const closed = database.close();
    await holder.query('rollback');
    await Promise.all([ended, closed, holder.end()]);

    const { manager } = world.database;
    // The server may hold the message for a moment longer than its connection.
    const isApplied = async (): Promise<boolean> => {
      await processNotifications(world.domain, { limit: 100 });
      return manager.existsBy(Notification, { status: 'APPLIED' });
    };
    expect(await waitUntil(isApplied, 10_000)).toBe(true);
    expect(await manager.find(TransactionEvent)).toMatchObject([{ type: 'PAYMENT_RECEIVED' }]);
  },
);
