// The command line
export {
  type Asked,
  type FailuresOptions,
  HELP,
  type NotificationsOptions,
  readCommandLine,
  type SignaturesOptions,
  type TillsOptions,
} from './command-line';
export {
  type ExportsOptions,
  type PagesOptions,
  type ReportsOptions,
  type StatementsOptions,
} from './command-line-books';

export { type OperationsOptions } from './command-line-operations';

// The benchmarks
export {
  type EventDelay,
  measureNotifications,
  type NotificationsResult,
} from './measure-notifications';
export { type Flushes } from './measure-flushes';
export { measureTills, type TillsResult } from './measure-tills';
export { reportTills } from './report-tills';
export { type FailuresResult, type Killed, measureFailures } from './measure-failures';
export { type Silence } from './measure-silence';
export { reportFailures } from './report-failures';
export { reportNotifications } from './report-notifications';
export { type Contestant, CONTESTANTS, type Rounds } from './contestants';
export { type Round } from './run-round';
export { type Cost, measureSignatures, type SignaturesResult } from './measure-signatures';
export { reportSignatures } from './report-signatures';
export { measurePages, type PageCost, type PagesResult } from './measure-pages';
export { reportPages } from './report-pages';
export { measureReports, type ReportsResult, type SumCost } from './measure-reports';
export { reportReports } from './report-reports';
export { type ExportsResult, measureExports } from './measure-exports';
export { reportExports } from './report-exports';
export {
  measureOperations,
  type OperationName,
  type OperationRound,
  type OperationsResult,
  type SideName,
} from './measure-operations';
export { reportOperations } from './report-operations';
export { measureStatements, type StatementsResult } from './measure-statements';
export { reportStatements } from './report-statements';
