import { randomUUID } from 'node:crypto';

import { type Database, notificationTokenFor } from '@countersign/merchant-domain';

/** A merchant with one store and one active code; answers the token of the code's address. */
export async function seedCode(database: Database): Promise<string> {
  const merchantId = randomUUID();
  const storeId = randomUUID();
  const qrCodeId = randomUUID();
  const { manager } = database;
  await manager.query(
    `insert into merchants (id, alipay_merchant_id, name, type, industry, created_at, updated_at)
     values ($1, 'bench', 'Benchmark', 'ENTERPRISE', '5812', now(), now())`,
    [merchantId],
  );
  await manager.query(
    `insert into stores (id, merchant_id, alipay_store_id, name, country_code, registration, created_at, updated_at)
     values ($1, $2, 'bench', 'Central', 'HK', 'REGISTERED', now(), now())`,
    [storeId, merchantId],
  );
  await manager.query(
    `insert into qr_codes (id, store_id, code, status, transaction_currency, settlement_currency, created_at, updated_at)
     values ($1, $2, 'https://qr.example/bench', 'ACTIVE', 'HKD', 'HKD', now(), now())`,
    [qrCodeId, storeId],
  );
  return notificationTokenFor(database, qrCodeId);
}
