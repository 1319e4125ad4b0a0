import { type MigrationInterface } from 'typeorm';

import { ApiKey } from '../access/api-key.entity';
import { GatewayCall } from '../gateway-call/gateway-call.entity';
import { Merchant } from '../merchant/merchant.entity';
import { Notification } from '../inbox/notification.entity';
import { QrCode } from '../qr-code/qr-code.entity';
import { Refund } from '../refund/refund.entity';
import { Discrepancy } from '../statement/discrepancy.entity';
import { Statement } from '../statement/statement.entity';
import { Store } from '../store/store.entity';
import { Transaction } from '../transaction/transaction.entity';
import { TransactionEvent } from '../event/transaction-event.entity';
import { Restoration } from '../restoration/restoration.entity';
import { MerchantDay1760000000001 } from './migrations/0001-merchant-day';
import { Restorations1760000000002 } from './migrations/0002-restorations';
import { Statements1760000000003 } from './migrations/0003-statements';
import { LeanerInbox1760000000004 } from './migrations/0004-leaner-inbox';
import { ApiKeys1760000000005 } from './migrations/0005-api-keys';
import { BooksAtSize1760000000006 } from './migrations/0006-books-at-size';
import { StoreRegistrations1760000000007 } from './migrations/0007-store-registrations';
import { StatementDeliveries1760000000008 } from './migrations/0008-statement-deliveries';
import { RateCounts1760000000009 } from './migrations/0009-rate-counts';
import { SettlementCurrency1760000000010 } from './migrations/0010-settlement-currency';
import { HeardLater1760000000011 } from './migrations/0011-heard-later';
import { GuessedTimes1760000000012 } from './migrations/0012-guessed-times';
import { MerchantsOfLines1760000000013 } from './migrations/0013-merchants-of-lines';
import { SharedCodes1760000000014 } from './migrations/0014-shared-codes';

/** For a host that builds its own TypeORM DataSource; arrays, because globs break in bundles. */
export const merchantEntities = [
  Merchant,
  Store,
  QrCode,
  Transaction,
  Refund,
  Notification,
  TransactionEvent,
  GatewayCall,
  Restoration,
  Statement,
  Discrepancy,
  ApiKey,
] as const;

/** Written SQL, forward only. */
export const merchantMigrations: readonly (new () => MigrationInterface)[] = [
  MerchantDay1760000000001,
  Restorations1760000000002,
  Statements1760000000003,
  LeanerInbox1760000000004,
  ApiKeys1760000000005,
  BooksAtSize1760000000006,
  StoreRegistrations1760000000007,
  StatementDeliveries1760000000008,
  RateCounts1760000000009,
  SettlementCurrency1760000000010,
  HeardLater1760000000011,
  GuessedTimes1760000000012,
  MerchantsOfLines1760000000013,
  SharedCodes1760000000014,
];
