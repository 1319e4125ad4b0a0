// The command line
export {
  type Asked,
  HELP,
  type NotificationsOptions,
  readCommandLine,
  type SignaturesOptions,
} from './command-line';

// The benchmarks
export {
  type EventDelay,
  measureNotifications,
  type NotificationsResult,
} from './measure-notifications';
export { reportNotifications } from './report-notifications';
export { type Contestant, CONTESTANTS, type Rounds } from './contestants';
export { type Round } from './run-round';
export { type Cost, measureSignatures, type SignaturesResult } from './measure-signatures';
export { reportSignatures } from './report-signatures';
