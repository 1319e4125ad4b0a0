import {
  type Database,
  type DomainLog,
  ownerCaller,
  type QrCode,
  qrCodesByIds,
} from '@countersign/merchant-domain';

import { runRepeatedly } from '../workers/run-repeatedly';

export interface QrCodeTail {
  changed(qrCodeId: string): void;
  stop(): Promise<void>;
}

const TAIL = ownerCaller('qr-code-tail');

const retryMs = 1_000;
const changedMax = 10_000;

/** Reads codes that changed, once for all subscribers; several changes of one become one. */
export function followQrCodeTail(
  database: Database,
  log: DomainLog,
  publish: (qrCode: QrCode) => void,
): QrCodeTail {
  let changed = new Set<string>();

  const reader = runRepeatedly({
    name: 'QR code tail',
    everyMs: retryMs,
    log,
    turn: async () => {
      if (changed.size === 0) return;
      const reading = changed;
      changed = new Set();
      try {
        const qrCodes = await qrCodesByIds(database, TAIL, [...reading]);
        for (const qrCode of qrCodes) if (qrCode !== null) publish(qrCode);
      } catch (error) {
        for (const id of reading) changed.add(id);
        throw error;
      }
    },
  });
  return {
    changed: (qrCodeId) => {
      if (changed.size < changedMax) changed.add(qrCodeId);
      reader.nudge();
    },
    stop: reader.stop,
  };
}
