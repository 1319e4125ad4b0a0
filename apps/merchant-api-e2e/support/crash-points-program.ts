import { readConfig, startMerchantApi } from '@countersign/merchant-api';
import { uuidv7 } from 'uuidv7';

/** What the test tells this program over its channel. */
export interface Order {
  /** By how much its clock is ahead of the machine's: nobody waits for a lease to end. */
  readonly aheadMs: number;
  /** Starts the API with this configuration; it is loaded before, so that a start is quick. */
  readonly env?: Readonly<Record<string, string>>;
}

let aheadMs = 0;

process.on('message', (order: Order) => {
  aheadMs = order.aheadMs;
  if (order.env !== undefined) void start(order.env);
});
process.on('disconnect', () => process.exit(1)); // the test is gone
process.send?.('loaded');

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  const now = (): Date => new Date(Date.now() + aheadMs);
  try {
    await startMerchantApi(readConfig(env), undefined, { now, newId: uuidv7 });
    process.send?.('ready');
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  }
}
