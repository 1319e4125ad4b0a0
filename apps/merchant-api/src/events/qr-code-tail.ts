import {
  type Clock,
  type Database,
  type DomainLog,
  ownerCaller,
  type QrCode,
  qrCodesByIds,
  qrCodesChangedSince,
} from '@countersign/merchant-domain';

import { runRepeatedly } from '../workers/run-repeatedly';

export interface QrCodeTail {
  changed(qrCodeId: string): void;
  /** Reads what has changed while nobody could say so. */
  catchUp(awayMs: number): void;
  stop(): Promise<void>;
}

const TAIL = ownerCaller('qr-code-tail');

const retryMs = 1_000;
const changedMax = 10_000;
/** A lost connection is noticed late, and clocks differ: telling of a code twice does no harm. */
const catchUpMarginMs = 60_000;
const catchUpMax = 1_000;

/** Reads codes that changed, once for all subscribers; several changes of one become one. */
export function followQrCodeTail(
  database: Database,
  clock: Pick<Clock, 'now'>,
  log: DomainLog,
  publish: (qrCode: QrCode) => void,
): QrCodeTail {
  let changed = new Set<string>();
  let missedSince: Date | undefined;

  const readMissed = async (): Promise<void> => {
    const since = missedSince;
    if (since === undefined) return;
    const missed = await qrCodesChangedSince(database, TAIL, { since, limit: catchUpMax });
    if (missedSince === since) missedSince = undefined;
    for (const qrCode of missed) publish(qrCode);
  };

  const reader = runRepeatedly({
    name: 'QR code tail',
    everyMs: retryMs,
    log,
    turn: async () => {
      await readMissed();
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
    catchUp: (awayMs) => {
      const since = new Date(clock.now().getTime() - awayMs - catchUpMarginMs);
      if (missedSince === undefined || since < missedSince) missedSince = since;
      reader.nudge();
    },
    stop: reader.stop,
  };
}
