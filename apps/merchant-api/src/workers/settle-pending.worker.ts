import {
  askPayingWallets,
  type Domain,
  type DomainLog,
  settlePendingCancels,
  settlePendingQrCodes,
  settlePendingRefunds,
} from '@countersign/merchant-domain';

import { runRepeatedly } from './run-repeatedly';

const settlePollMs = 1_000;
const settleBatchMax = 20;

/** What may be open at Alipay, each with its own turns: one that fails or waits holds up no other. */
const OPEN_WORK = {
  refunds: settlePendingRefunds,
  cancels: settlePendingCancels,
  'QR codes': settlePendingQrCodes,
  'paying wallets': askPayingWallets,
} as const;

/** Asks Alipay again about everything whose outcome is not known and whose time has come. */
export function startSettlePendingWorker(
  domain: Domain,
  log: DomainLog,
): { stop(): Promise<void> } {
  const workers = Object.entries(OPEN_WORK).map(([name, settle]) =>
    runRepeatedly({
      name: `open ${name}`,
      everyMs: settlePollMs,
      log,
      turn: async () => {
        let settled: number;
        do {
          settled = await settle(domain, { limit: settleBatchMax });
        } while (settled >= settleBatchMax);
      },
    }),
  );
  return {
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}
