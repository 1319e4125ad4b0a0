// Starting and stopping a simulator
export {
  startGatewaySimulator,
  type GatewaySimulator,
  type SimulatorOptions,
} from './start-gateway-simulator';
export { type Keys } from './key-ring';
export { type Log } from './log';

// The readings that Alipay's documents leave open
export { VARIANTS, type VariantName, type Variants } from './variants';

// What can be made to go wrong, and when notifications are sent again
export { NOTIFICATION_FAULTS, SERVICE_FAULTS } from './faults';
export { RESEND_GAPS_MS } from './notifier';
export { REGISTRATION_REVIEW_MS } from './books/registration.rules';
