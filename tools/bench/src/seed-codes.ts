import { randomUUID } from 'node:crypto';

import { type Database, notificationTokenFor, openDatabase } from '@countersign/merchant-domain';

export interface SeededCode {
  readonly storeId: string;
  /** At the end of the address that Alipay notifies. */
  readonly token: string;
}

/** A merchant with stores of one active code each. */
export async function seedCodes(databaseUrl: string, stores: number): Promise<SeededCode[]> {
  const database = await openDatabase({ url: databaseUrl, connectionsMax: 1 });
  try {
    return await insertCodes(database, stores);
  } finally {
    await database.close();
  }
}

async function insertCodes(database: Database, stores: number): Promise<SeededCode[]> {
  const { manager } = database;
  const merchantId = randomUUID();
  const seeds = Array.from({ length: stores }, () => ({
    storeId: randomUUID(),
    codeId: randomUUID(),
  }));
  await manager.query(
    `insert into merchants (id, alipay_merchant_id, name, type, industry, created_at, updated_at)
     values ($1, 'bench', 'Benchmark', 'ENTERPRISE', '5812', now(), now())`,
    [merchantId],
  );
  await manager.query(
    `insert into stores (id, merchant_id, alipay_store_id, name, country_code, registration, created_at, updated_at)
     select id, $1, 'bench-' || number, 'Central', 'HK', 'REGISTERED', now(), now()
     from unnest($2::uuid[]) with ordinality as seed (id, number)`,
    [merchantId, seeds.map(({ storeId }) => storeId)],
  );
  await manager.query(
    `insert into qr_codes (id, store_id, code, status, transaction_currency, settlement_currency, created_at, updated_at)
     select id, store_id, 'https://qr.example/bench-' || number, 'ACTIVE', 'HKD', 'HKD', now(), now()
     from unnest($1::uuid[], $2::uuid[]) with ordinality as seed (id, store_id, number)`,
    [seeds.map(({ codeId }) => codeId), seeds.map(({ storeId }) => storeId)],
  );
  return seeds.map(({ storeId, codeId }) => ({
    storeId,
    token: notificationTokenFor(database, codeId),
  }));
}
