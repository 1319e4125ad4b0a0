import {
  confirmQuarantined,
  type Domain,
  type DomainLog,
  processNotifications,
} from '@countersign/merchant-domain';

import { type Repeated, runRepeatedly } from './run-repeatedly';

const inboxPollMs = 1_000;
const inboxBatchMax = 100;
const quarantinePollMs = 2_000;
const quarantineBatchMax = 10;

/**
 * Applies what the inbox holds, and asks Alipay about what is in quarantine. The two run apart: an
 * Alipay that does not answer must not keep payments from being applied.
 */
export function startInboxWorker(domain: Domain, log: DomainLog): Repeated {
  const inbox = runRepeatedly({
    name: 'inbox',
    everyMs: inboxPollMs,
    log,
    turn: async (isStopping) => {
      let processed: number;
      do {
        ({ processed } = await processNotifications(domain, { limit: inboxBatchMax }));
      } while (processed >= inboxBatchMax && !isStopping());
    },
  });
  const quarantine = runRepeatedly({
    name: 'quarantine',
    everyMs: quarantinePollMs,
    log,
    turn: async () => {
      await confirmQuarantined(domain, { limit: quarantineBatchMax });
    },
  });
  return {
    nudge: inbox.nudge,
    stop: async () => {
      await Promise.all([inbox.stop(), quarantine.stop()]);
    },
  };
}
