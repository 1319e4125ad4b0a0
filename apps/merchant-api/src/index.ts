// The whole API, started in this process
export { type MerchantApi, startMerchantApi } from './compose';
export { type ApiRole, type Config, type GatewayConfig, readConfig } from './config';

// What it prints of what it logs
export { createLog } from './log';
