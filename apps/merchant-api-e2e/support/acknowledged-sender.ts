import { type Fields, formatGatewayTime } from '@countersign/alipay-protocol';

import { PARTNER_ID } from './keys';
import { type Message, postMessage, signedByGateway } from './messages';

/** A payment's message, as Alipay would send it until it is answered `success`. */
export interface Notice extends Message {
  readonly notifyId: string;
  readonly tradeNo: string;
}

/** A stream of messages on its way; Alipay's patience, without its pauses. */
export interface Sending {
  /** Those that were answered `success`, in that order. */
  readonly acknowledged: readonly string[];
  /** What came instead of `success`, counted by answer. */
  readonly others: ReadonlyMap<string, number>;
  /** The longest that anybody waited for an answer. */
  readonly longestMs: number;
  /** Resolves when so many are acknowledged. */
  reached(count: number): Promise<void>;
  /** Resolves when all are acknowledged. */
  readonly ended: Promise<void>;
  /** Sends nothing more; `ended` then fails. */
  giveUp(): void;
}

const AMOUNT = '12.50';
const IN_FLIGHT = 40;
const REST_MS = 50;
/** Nobody sends for ever: a test that failed must end as well. */
const SENT_WITHIN_MS = 90_000;
let printed = 0;

/** Distinct payments, each of `12.50`, that leave nothing to ask Alipay about. */
export function printNotices(count: number, more: Fields = {}): Notice[] {
  return Array.from({ length: count }, () => {
    printed += 1;
    return notice(`${process.pid}-${printed}`, more);
  });
}

export function notice(number: string, more: Fields = {}): Notice {
  const fields = noticeFields(number, more);
  return {
    ...signedByGateway(fields),
    notifyId: fields['notify_id'] ?? '',
    tradeNo: fields['trade_no'] ?? '',
  };
}

export function noticeFields(number: string, more: Fields = {}): Fields {
  const now = formatGatewayTime(new Date());
  return {
    notify_time: now,
    notify_type: 'trade_status_sync',
    notify_id: `N-${number}`,
    out_trade_no: `O-${number}`,
    trade_no: `T-${number}`,
    trade_status: 'TRADE_SUCCESS',
    subject: '中環茶餐廳 Central',
    total_fee: AMOUNT,
    gmt_create: now,
    gmt_payment: now,
    seller_id: PARTNER_ID,
    currency: 'HKD',
    payment_inst: 'ALIPAYHK',
    ...more,
  };
}

/** Sends each message until it is answered `success`, forty at a time. */
export function sendAll(url: string, notices: readonly Notice[], inFlight = IN_FLIGHT): Sending {
  const until = Date.now() + SENT_WITHIN_MS;
  const waiting = [...notices];
  const acknowledged: string[] = [];
  const others = new Map<string, number>();
  const watchers: { count: number; resolve: () => void }[] = [];
  let longestMs = 0;
  let isOver = false;

  const heard = (): void => {
    for (const watcher of watchers) {
      if (acknowledged.length >= watcher.count) watcher.resolve();
    }
  };
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !over(); next = waiting.shift()) {
      const startedAt = performance.now();
      const answer = await answerTo(url, next);
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      if (answer === '200 success') {
        acknowledged.push(next.notifyId);
        heard();
        continue;
      }
      others.set(answer, (others.get(answer) ?? 0) + 1);
      waiting.push(next);
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
  };
  const over = (): boolean => isOver || Date.now() > until;
  const ended = Promise.all(Array.from({ length: inFlight }, work)).then(() => {
    if (acknowledged.length < notices.length) {
      throw new Error(`Only ${acknowledged.length} of ${notices.length} were answered success.`);
    }
  });
  ended.catch(() => undefined); // whoever waits for it hears
  return {
    acknowledged,
    others,
    get longestMs() {
      return longestMs;
    },
    reached: (count) =>
      new Promise((resolve) => {
        watchers.push({ count, resolve });
        heard();
      }),
    ended,
    giveUp: () => {
      isOver = true;
    },
  };
}

/** Its status and text; without an answer, what became of the connection. */
async function answerTo(url: string, message: Message): Promise<string> {
  try {
    const { httpStatus, answer } = await postMessage(url, message);
    return `${httpStatus} ${answer}`;
  } catch {
    return 'no answer';
  }
}
