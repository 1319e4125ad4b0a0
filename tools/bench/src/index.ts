// The command line
export { type Asked, HELP, type NotificationsOptions, readCommandLine } from './command-line';

// The benchmark
export {
  type EventDelay,
  measureNotifications,
  type NotificationsResult,
} from './measure-notifications';
export { reportNotifications } from './report-notifications';
export { type Contestant, CONTESTANTS, type Rounds } from './contestants';
export { type Round } from './run-round';
