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
