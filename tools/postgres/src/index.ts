// A server of our own
export { startPostgres, type PostgresOptions, type PostgresServer } from './start-postgres';
export {
  makeThrowawayCluster,
  startThrowawayPostgres,
  type ThrowawayCluster,
} from './throwaway-postgres';
export {
  makeStandby,
  REPLICATING,
  type StandbyCluster,
  type StandbyOptions,
  type StandbyServer,
} from './standby';
export { crashPostgres, serverProcesses } from './crash-postgres';
export { removeFolder } from './reachable-folder';
export { PostgresUnavailable } from './errors';

// Databases on any server
export { createDatabase, dropDatabase } from './databases';

// For tests
export {
  createTestDatabase,
  dropTestDatabases,
  type TestDatabase,
  type TestTemplate,
} from './test-database';
export {
  openStatementProxy,
  type Statement,
  type StatementHook,
  type StatementProxy,
} from './statement-proxy';
export { type LeakWatch, openLeakWatch } from './leak-watch';

// Ports and processes of this machine
export { findFreePort, isFree } from './free-port';
export { waitUntil } from './wait-until';
