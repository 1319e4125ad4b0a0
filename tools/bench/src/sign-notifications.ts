import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  encodeNotification,
  type Fields,
  formatGatewayTime,
  type Signer,
} from '@countersign/alipay-protocol';

/** What every payment of a benchmark is about. */
export const AMOUNT = '12.50';
export const CONTENT_TYPE = 'application/x-www-form-urlencoded; charset=UTF-8';

export interface SignedNotification {
  readonly tradeNo: string;
  readonly body: Buffer;
}

export interface NotificationPress {
  /** Distinct payments, signed before anything is timed. */
  print(count: number): Promise<SignedNotification[]>;
}

export interface PressOptions {
  readonly signer: Signer;
  readonly sellerId: string;
  /** Says which wallet paid, so that nobody has to ask. Alipay's own notifications do not. */
  readonly tellsWallet: boolean;
}

/** Two presses print different numbers. */
let presses = 0;
const PER_TURN = 100;

export function createNotificationPress(options: PressOptions): NotificationPress {
  presses += 1;
  const series = String(presses).padStart(2, '0');
  let printed = 0;
  return {
    print: async (count) => {
      const sheet: SignedNotification[] = [];
      while (sheet.length < count) {
        printed += 1;
        const number = `${series}${String(printed).padStart(12, '0')}`;
        sheet.push(signOne(options, number));
        if (printed % PER_TURN === 0) await nextTurn(); // signals are heard meanwhile
      }
      return sheet;
    },
  };
}

function signOne({ signer, ...about }: PressOptions, number: string): SignedNotification {
  return signNotification(notificationFields(number, about), signer);
}

export function signNotification(fields: Fields, signer: Signer): SignedNotification {
  return { tradeNo: fields['trade_no'] ?? '', body: encodeNotification(fields, signer).body };
}

/** What Alipay says of a payment with a static code (PROTOCOL.md §7). */
export function notificationFields(
  number: string,
  { sellerId, tellsWallet = false }: { readonly sellerId: string; readonly tellsWallet?: boolean },
): Fields {
  const now = formatGatewayTime(new Date());
  return {
    notify_time: now,
    notify_type: 'trade_status_sync',
    notify_id: `benchmark${number}00000000000000000`,
    notify_action_type: 'payByAccountAction',
    out_trade_no: `20261124${number}`,
    trade_no: `20261124220014${number}`,
    trade_status: 'TRADE_SUCCESS',
    subject: '中環茶餐廳 Central',
    total_fee: AMOUNT,
    price: AMOUNT,
    quantity: '1',
    gmt_create: now,
    gmt_payment: now,
    seller_id: sellerId,
    seller_email: 'mer***@example.hk',
    buyer_id: '2088000000000099',
    buyer_email: '852-9***1234',
    currency: 'HKD',
    paytools_pay_amount: JSON.stringify([{ ALIPAYACCOUNT: AMOUNT }]),
    ...(tellsWallet ? { payment_inst: 'ALIPAYHK' } : {}),
  };
}
