import { formatAmount, formatGatewayTime, type Money } from '@countersign/alipay-protocol';
import type { Entry, Journal } from './books/journal';
import type {
  Buyer,
  Code,
  Notification,
  Refund,
  RefundStatus,
  StoreRegistration,
  Trade,
  TradeStatus,
  Wallet,
} from './books/records';
import { refundedMinor } from './books/trade.rules';
import type { Chance } from './chance';

/** Alipay's word for what happened to a trade, as notifications carry it. */
export type TradeAction =
  | 'payByAccountAction'
  | 'refundFPAction'
  | 'reverseAction'
  | 'closeTradeAction'
  | 'finishFPAction'
  | 'freezeAction';

export interface TradeChange {
  readonly trade: Trade;
  readonly action: TradeAction;
  readonly refund?: Refund;
  /** Where the change is told, when not at the code's own address. */
  readonly notifyUrl?: string;
}

export interface NewTrade {
  readonly amount: Money;
  readonly wallet: Wallet;
  readonly buyer: Buyer;
  readonly paid: boolean;
  readonly formToken?: string;
}

/** Everything the gateway knows. Every change goes through here, and is on disk once `flushed()` resolves. */
export type World = ReturnType<typeof createWorld>;

interface Surroundings {
  readonly journal: Journal;
  readonly entries: readonly Entry[];
  readonly now: () => Date;
  readonly chance: Chance;
  /** What a code begins with, so that a phone that scans it finds the wallet page. */
  readonly publicUrl: () => string;
}

export function createWorld({ journal, entries, now, chance, publicUrl }: Surroundings) {
  const codes = new Map<string, Code>();
  const codesByPlace = new Map<string, Code>();
  const trades = new Map<string, Trade>();
  const tradesByOutNo = new Map<string, Trade>();
  const tradesByForm = new Map<string, Trade>();
  const refunds = new Map<string, { trade: Trade; refund: Refund }>();
  const notifications = new Map<string, Notification>();
  const byTrade = new Map<string, Notification[]>();
  const registrations = new Map<string, StoreRegistration>();
  const listeners: ((change: TradeChange) => void)[] = [];

  const keepTrade = (trade: Trade): void => {
    trades.set(trade.tradeNo, trade);
    tradesByOutNo.set(trade.outTradeNo, trade);
    if (trade.formToken !== null) tradesByForm.set(trade.formToken, trade);
    for (const refund of trade.refunds) refunds.set(refund.partnerRefundId, { trade, refund });
  };
  const keepCode = (code: Code): void => {
    codes.set(code.id, code);
    codesByPlace.set(placeKey(code), code); // entries come in the order of creation
  };
  const keepNotification = (notification: Notification): void => {
    notifications.set(notification.notifyId, notification);
    const known = byTrade.get(notification.tradeNo);
    if (known) known.push(notification);
    else byTrade.set(notification.tradeNo, [notification]);
  };
  restore(entries, { keepCode, keepTrade, keepNotification, registrations });

  const at = (): number => now().getTime();
  const saveCode = (code: Code): void => {
    codes.set(code.id, code);
    journal.append({ kind: 'code', key: code.id, value: code });
  };
  const saveTrade = (trade: Trade): void => {
    keepTrade(trade);
    journal.append({ kind: 'trade', key: trade.tradeNo, value: trade });
  };
  const tell = (change: TradeChange): void => {
    for (const listener of listeners) listener(change);
  };
  const setStatus = (trade: Trade, status: TradeStatus, action: TradeAction): void => {
    trade.status = status;
    if (status === 'TRADE_CLOSED') trade.closedAt = at();
    if (status === 'TRADE_SUCCESS') trade.paidAt ??= at();
    saveTrade(trade);
    tell({ trade, action });
  };
  const codeByText = (text: string): Code | undefined =>
    codes.get(/(?:^|\/pay\/)(?<id>[A-Za-z0-9]+)$/.exec(text)?.groups?.id ?? '');
  const freshTradeNo = (): string => {
    // The shape of the captured numbers: the Beijing day, 22001, and 15 more digits.
    const tradeNo = `${compactTime(now()).slice(0, 8)}22001${chance.digits(15)}`;
    return trades.has(tradeNo) ? freshTradeNo() : tradeNo;
  };
  const settleRefund = (trade: Trade, refund: Refund, status: RefundStatus): void => {
    refund.status = status;
    refund.settledAt = at();
    const returned = refundedMinor(trade, ['SUCCESS']);
    const isFull =
      status === 'SUCCESS' &&
      formatAmount({ minor: returned, currency: trade.currency }) === trade.amount;
    if (isFull) {
      trade.status = 'TRADE_CLOSED';
      trade.closedAt = at();
    }
    saveTrade(trade);
    if (isFull) tell({ trade, action: 'refundFPAction', refund });
    if (status === 'SUCCESS' && refund.notifyUrl !== null) {
      tell({ trade, action: 'refundFPAction', refund, notifyUrl: refund.notifyUrl });
    }
  };

  return {
    onTradeChange: (listener: (change: TradeChange) => void): void => {
      listeners.push(listener);
    },
    flushed: journal.flushed,

    codes: (): readonly Code[] => [...codes.values()],
    codeById: (id: string): Code | undefined => codes.get(id),
    /** A code by the text that is printed on the wall, or by its id alone. */
    codeByText,
    /** A code by its whole value, as modify and modifyStatus name it. */
    codeByQrcode: (qrcode: string): Code | undefined => {
      const code = codeByText(qrcode);
      return code?.qrcode === qrcode ? code : undefined;
    },
    /** The newest code of a store, of the kind with or without a fee. */
    codeOf: (place: CodePlace): Code | undefined => codesByPlace.get(placeKey(place)),
    createCode: (asked: Omit<Code, 'id' | 'qrcode' | 'createdAt' | 'status'>): Code => {
      const id = `ocx${chance.token()}`;
      const qrcode = `${publicUrl()}/pay/${id}`;
      const code: Code = { ...asked, id, qrcode, createdAt: at(), status: 'ACTIVE' };
      codesByPlace.set(placeKey(code), code);
      saveCode(code);
      return code;
    },
    changeCode: (code: Code, changed: Partial<Code>): void => {
      saveCode(Object.assign(code, changed));
    },

    trades: (): readonly Trade[] => [...trades.values()],
    tradeByNo: (tradeNo: string): Trade | undefined => trades.get(tradeNo),
    tradeByOutNo: (outTradeNo: string): Trade | undefined => tradesByOutNo.get(outTradeNo),
    tradeByForm: (formToken: string): Trade | undefined => tradesByForm.get(formToken),
    refundById: (id: string): { trade: Trade; refund: Refund } | undefined => refunds.get(id),

    /** A customer scanned an active code and typed an amount; and has paid, or not yet. */
    openTrade: (code: Code, { amount, wallet, buyer, paid, formToken }: NewTrade): Trade => {
      const trade: Trade = {
        tradeNo: freshTradeNo(),
        outTradeNo: `${compactTime(now())}${chance.digits(12)}`,
        codeId: code.id,
        amount: formatAmount(amount),
        currency: amount.currency,
        wallet,
        buyer,
        formToken: formToken ?? null,
        createdAt: at(),
        status: 'WAIT_BUYER_PAY',
        paidAt: null,
        closedAt: null,
        cancelled: false,
        refunds: [],
      };
      if (paid) setStatus(trade, 'TRADE_SUCCESS', 'payByAccountAction');
      else saveTrade(trade); // Alipay sends no notice of an unpaid trade
      return trade;
    },
    payTrade: (trade: Trade): void => {
      setStatus(trade, 'TRADE_SUCCESS', 'payByAccountAction');
    },
    closeTrade: (trade: Trade): void => {
      setStatus(trade, 'TRADE_CLOSED', 'closeTradeAction');
    },
    finishTrade: (trade: Trade): void => {
      setStatus(trade, 'TRADE_FINISHED', 'finishFPAction');
    },
    freezeTrade: (trade: Trade): void => {
      setStatus(trade, 'TRADE_PENDING', 'freezeAction');
    },
    cancelTrade: (trade: Trade): void => {
      trade.cancelled = true;
      setStatus(trade, 'TRADE_CLOSED', 'reverseAction');
    },
    /** A refund that `trade.rules` allowed: carried out at once, or left waiting. */
    refundTrade: (
      trade: Trade,
      asked: Pick<Refund, 'partnerRefundId' | 'amount' | 'reason' | 'notifyUrl'>,
      isHeld: boolean,
    ): Refund => {
      const refund: Refund = { ...asked, createdAt: at(), status: 'PROCESSING', settledAt: null };
      trade.refunds.push(refund);
      if (isHeld) saveTrade(trade);
      else settleRefund(trade, refund, 'SUCCESS');
      return refund;
    },
    settleRefund,

    notifications: (): readonly Notification[] => [...notifications.values()],
    notificationById: (id: string): Notification | undefined => notifications.get(id),
    /** All that a trade gave occasion to, oldest first. */
    notificationsOf: (tradeNo: string): readonly Notification[] => byTrade.get(tradeNo) ?? [],
    saveNotification: (notification: Notification): void => {
      if (!notifications.has(notification.notifyId)) keepNotification(notification);
      journal.append({ kind: 'notification', key: notification.notifyId, value: notification });
    },

    registration: (merchantId: string, storeId: string): StoreRegistration | undefined =>
      registrations.get(`${merchantId} ${storeId}`),
    registrations: (): readonly StoreRegistration[] => [...registrations.values()],
    saveRegistration: (registration: StoreRegistration): void => {
      const key = `${registration.merchantId} ${registration.storeId}`;
      registrations.set(key, registration);
      journal.append({ kind: 'registration', key, value: registration });
    },

    /** Small settings that outlive a restart: the clock's offset, the variants. */
    saveSetting: (name: string, value: unknown): void => {
      journal.append({ kind: 'setting', key: name, value });
    },
    forgetEverything: (): void => {
      for (const book of [
        codes,
        codesByPlace,
        trades,
        tradesByOutNo,
        tradesByForm,
        refunds,
        notifications,
        byTrade,
        registrations,
      ])
        book.clear();
      journal.forget();
    },
  };
}

/** `yyyyMMddHHmmss` in Beijing time. */
export function compactTime(date: Date): string {
  return formatGatewayTime(date).replace(/\D/g, '');
}

type CodePlace = Pick<Code, 'merchantId' | 'storeId' | 'hasChannelFee'>;

function placeKey({ merchantId, storeId, hasChannelFee }: CodePlace): string {
  return `${merchantId} ${storeId} ${hasChannelFee ? 'with fee' : 'without fee'}`;
}

/** Books of before reviews took their time hold less. */
function readRegistration(value: unknown): StoreRegistration {
  const since = { decidesAt: null, wasRegistered: false, isArchived: false };
  return { ...since, ...(value as StoreRegistration) };
}

interface Shelves {
  readonly keepCode: (code: Code) => void;
  readonly keepTrade: (trade: Trade) => void;
  readonly keepNotification: (notification: Notification) => void;
  readonly registrations: Map<string, StoreRegistration>;
}

/** The books are this program's own writing (mode 0600), so their records are taken as they stand. */
function restore(entries: readonly Entry[], shelves: Shelves): void {
  for (const { kind, key, value } of entries) {
    if (kind === 'code') shelves.keepCode(value as Code);
    else if (kind === 'trade') shelves.keepTrade(value as Trade);
    else if (kind === 'notification') shelves.keepNotification(value as Notification);
    else if (kind === 'registration') shelves.registrations.set(key, readRegistration(value));
  }
}
