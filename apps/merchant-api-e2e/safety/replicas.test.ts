import { createTestDatabase, type TestDatabase } from '@countersign/postgres';

import { openReplicasSite, type ReplicasSite } from '../support/replicas-site';
import { restartInTurns } from '../support/replicas-trials';
import { migrate } from '../support/world';

let database: TestDatabase;
let site: ReplicasSite;
beforeEach(async () => {
  database = await createTestDatabase(migrate);
});
afterEach(async () => {
  await site.close();
  await database.drop();
});

test('restarted one after the other under load, replicas answer everybody, and every till shows every payment once', async () => {
  site = await openReplicasSite({ databaseUrl: database.url, where: ['here', 'here'] });

  const outlived = await restartInTurns(site, { rounds: 1, paymentsBetween: 8 });

  expect(outlived).toMatchObject({ findings: [], troubles: [], failures: [] });
});
