import { subscribe, type Subscriber } from './subscriber';

// Tills of many stores, a program of its own, so that what they hear is not counted as the load
// generator's work. Each hears of its own store's payments.

/** Connections that are opened at the same time. */
const OPENING_MAX = 50;

/** What one payment's tills heard: when, by the machine's clock, in milliseconds. */
export type Heard = Readonly<Record<string, readonly number[]>>;

async function main(): Promise<void> {
  const { GRAPHQL_URL = '', TOKEN = '', STORE_IDS = '', TILLS = '0' } = process.env;
  const storeIds = STORE_IDS.split(',');
  const tills: Subscriber[] = [];
  let next = 0;
  const open = async (): Promise<void> => {
    while (next < Number(TILLS)) {
      const storeId = storeIds[next % storeIds.length] ?? '';
      next += 1;
      tills.push(await subscribe(GRAPHQL_URL, TOKEN, storeId));
    }
  };
  await Promise.all(Array.from({ length: OPENING_MAX }, open));

  process.on('message', () => {
    const heard: Record<string, number[]> = {};
    for (const { heardAt } of tills) {
      for (const [tradeNo, at] of heardAt) {
        (heard[tradeNo] ??= []).push(performance.timeOrigin + at);
      }
    }
    process.send?.({ type: 'heard', heard });
  });
  process.send?.({ type: 'ready', url: GRAPHQL_URL });
  process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
