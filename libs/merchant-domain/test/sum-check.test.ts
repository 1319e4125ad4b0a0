import { createTestDatabase, type TestDatabase } from '@countersign/postgres';
import { Client } from 'pg';

import { checkSums, type CheckSums, type Compared } from '../src/sum-check/check-sums';
import { type Disagreement } from '../src/sum-check/disagreement';
import { DAY_ENDS, liveThroughDay } from './support/whole-day';

let database: TestDatabase;
let client: Client;

beforeEach(async () => {
  database = await createTestDatabase(liveThroughDay, { name: 'whole_day' });
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

async function check(
  options: Partial<CheckSums> = {},
): Promise<{ found: Disagreement[]; compared: Compared }> {
  const sums = checkSums(client, { now: DAY_ENDS, ...options });
  const found: Disagreement[] = [];
  for await (const one of sums) found.push(one);
  return { found, compared: sums.compared };
}

test('a whole day of business agrees with every message and call on record', async () => {
  const { found, compared } = await check();

  expect(found.filter(({ weight }) => weight !== 'OPEN')).toEqual([]);
  expect(found).toEqual([
    expect.objectContaining({ kind: 'NOTIFICATION_QUARANTINED', record: 'notification' }),
  ]);
  expect(compared).toEqual({
    transactions: 18,
    refunds: 11,
    cancels: 4,
    notifications: 19,
    qrCodes: 4,
    events: 47,
    gatewayCalls: 47,
  });
});
