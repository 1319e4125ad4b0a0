import {
  askPayingWallets,
  type Domain,
  type DomainLog,
  settlePendingCancels,
  settlePendingQrCodes,
  settlePendingRefunds,
  settlePendingRegistrations,
} from '@countersign/merchant-domain';

import { runRepeatedly } from './run-repeatedly';

const settlePollMs = 1_000;
const settleBatchMax = 20;
/** More of these are open than of all others: one for each payment. They leave others connections. */
const walletBatchMax = 40;

/** What may be open at Alipay, each with its own turns: one that fails or waits holds up no other. */
const OPEN_WORK = [
  { name: 'refunds', settle: settlePendingRefunds, limit: settleBatchMax },
  { name: 'cancels', settle: settlePendingCancels, limit: settleBatchMax },
  { name: 'QR codes', settle: settlePendingQrCodes, limit: settleBatchMax },
  { name: 'registrations', settle: settlePendingRegistrations, limit: settleBatchMax },
  { name: 'paying wallets', settle: askPayingWallets, limit: walletBatchMax },
] as const;

/** Asks Alipay again about everything whose outcome is not known and whose time has come. */
export function startSettlePendingWorker(
  domain: Domain,
  log: DomainLog,
): { stop(): Promise<void> } {
  const workers = OPEN_WORK.map(({ name, settle, limit }) =>
    runRepeatedly({
      name: `open ${name}`,
      everyMs: settlePollMs,
      log,
      turn: async (isStopping) => {
        let settled: number;
        do {
          settled = await settle(domain, { limit });
        } while (settled >= limit && !isStopping());
      },
    }),
  );
  return {
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}
