import type { CrashSite } from './crash-points-site';
import { findingsAboutCode, findingsAboutPayment } from './crash-points-books';
import {
  ACQUIRE_CANCEL,
  QRCODE_CREATE,
  QRCODE_MODIFY,
  QRCODE_MODIFY_STATUS,
  SPOT_REFUND,
} from './lost-answers';
import type { Counter } from './merchant';
import type { StoreShape, UserError } from './shapes';
import { waitFor } from './wait-for';

/** Something that the product does, whose process is killed at every point of it. */
export interface Flow {
  readonly title: string;
  readonly victim: 'api' | 'worker';
  /** As many separate deeds of this kind, ready to begin. */
  prepare(site: CrashSite, count: number): Promise<Deed[]>;
}

export interface Deed {
  /** From what sets it off until its end; fails when the crash takes the answer away. */
  run(): Promise<unknown>;
  /** What the one without an answer does when the API is back. */
  repeat(): Promise<unknown>;
  /** What is wrong in the end, when nothing is open any more. */
  findings(): Promise<string[]>;
}

/** Alipay has done it, and we do not know: by a long silence where money moves, or a cut. */
const MONEY_LOSSES = ['timeout-after-effect', 'reset-after-effect'] as const;
const CODE_LOSSES = ['reset-after-effect'] as const;
const PART = { amount: '7.50', currency: 'HKD' };

/** The answer to a mutation; a network that is away is the crash, an answer that refuses a fault. */
interface Answer {
  readonly userErrors: readonly UserError[];
}

export const FLOWS: readonly Flow[] = [
  acceptNotification(),
  processNotification(),
  ...refunds(),
  ...cancels(),
  ...codes(),
];

function acceptNotification(): Flow {
  return {
    title: 'a notification is accepted',
    victim: 'api',
    prepare: (site, count) =>
      customers(site, count, async (tradeNo) => {
        const { notifications } = await site.world.gateway.bookedTrade(tradeNo);
        return notifications.length > 0 && notifications.every((sent) => sent.acknowledged);
      }),
  };
}

function processNotification(): Flow {
  return {
    title: 'a notification is processed, and the wallet asked for',
    victim: 'worker',
    prepare: (site, count) =>
      customers(site, count, async (tradeNo) => {
        const known = await site.rows(
          'select from transactions where alipay_trans_id = $1 and institution_check_at is null',
          [tradeNo],
        );
        return known.length === 1;
      }),
  };
}

/** Customers who will pay, each once. */
async function customers(
  site: CrashSite,
  count: number,
  isEnded: (tradeNo: string) => Promise<boolean>,
): Promise<Deed[]> {
  const { gateway, merchant } = site.world;
  const { qrCode } = await merchant.openCounter();
  return Array.from({ length: count }, () => {
    let paid = '';
    return {
      run: async () => {
        paid = (await gateway.pay({ qrcode: qrCode.code, amount: '20.00' })).trade_no;
        await waitFor(`the end of what ${paid} sets off`, () => isEnded(paid));
      },
      // Alipay sends again by itself: its next time has come.
      repeat: () => site.passTime(RESEND_IS_DUE_MS),
      findings: () => findingsAboutPayment(site, paid, { refunds: [], isCancelled: false }),
    };
  });
}

const RESEND_IS_DUE_MS = 10_000;

function refunds(): Flow[] {
  const end = { refunds: [PART.amount], isCancelled: false };
  const deed = (site: CrashSite, { tradeNo, transactionId }: Payment): Given => ({
    ask: () =>
      site.world.merchant.refund({ transactionId, amount: PART, idempotencyKey: 'the one' }),
    isEnded: async () => {
      const ended = await site.rows(
        `select from refunds r join transactions t on t.id = r.transaction_id
         where t.alipay_trans_id = $1 and r.status = 'SUCCEEDED'`,
        [tradeNo],
      );
      return ended.length === 1;
    },
    findings: () => findingsAboutPayment(site, tradeNo, end),
  });
  return flowsOf({
    noun: 'a refund',
    service: SPOT_REFUND,
    losses: MONEY_LOSSES,
    subjects: payments,
    deed,
  });
}

function cancels(): Flow[] {
  const deed = (site: CrashSite, { tradeNo, transactionId }: Payment): Given => ({
    ask: () => site.world.merchant.cancel({ transactionId }),
    isEnded: async () => {
      const ended = await site.rows(
        `select from transactions where alipay_trans_id = $1 and cancel_status = 'DONE'`,
        [tradeNo],
      );
      return ended.length === 1;
    },
    findings: () => findingsAboutPayment(site, tradeNo, { refunds: [], isCancelled: true }),
  });
  return flowsOf({
    noun: 'a cancel',
    service: ACQUIRE_CANCEL,
    losses: MONEY_LOSSES,
    subjects: payments,
    deed,
  });
}

interface Payment {
  readonly tradeNo: string;
  readonly transactionId: string;
}

async function payments(site: CrashSite, count: number): Promise<Payment[]> {
  const { gateway, merchant } = site.world;
  const { qrCode } = await merchant.openCounter();
  const trades = [];
  for (let paid = 0; paid < count; paid += 1) {
    trades.push(await gateway.pay({ qrcode: qrCode.code, amount: '20.00' }));
  }
  await site.settle();
  return Promise.all(
    trades.map(async (trade) => ({
      tradeNo: trade.trade_no,
      transactionId: (await merchant.transactionOf(trade)).id,
    })),
  );
}

function codes(): Flow[] {
  const isEnded = (site: CrashSite, store: StoreShape, condition: string) => async () => {
    const ended = await site.rows(
      `select from qr_codes c join stores s on s.id = c.store_id
       where s.alipay_store_id = $1 and c.pending_change is null and ${condition}`,
      [store.alipayStoreId],
    );
    return ended.length === 1;
  };
  const create = (site: CrashSite, store: StoreShape): Given => ({
    ask: () => site.world.merchant.createQrCode({ storeId: store.id }),
    isEnded: isEnded(site, store, `c.status = 'ACTIVE'`),
    findings: () =>
      findingsAboutCode(site, store.alipayStoreId, { status: 'ACTIVE', name: store.name }),
  });
  const modify = (site: CrashSite, { store, qrCode }: Counter): Given => ({
    ask: () =>
      site.world.merchant.modifyQrCode({ qrCodeId: qrCode.id, storeName: '新店名', label: '2' }),
    isEnded: isEnded(site, store, `c.label = '2'`),
    findings: () =>
      findingsAboutCode(site, store.alipayStoreId, { status: 'ACTIVE', name: '新店名' }),
  });
  const stop = (site: CrashSite, { store, qrCode }: Counter): Given => ({
    ask: () => site.world.merchant.stopQrCode({ qrCodeId: qrCode.id }),
    isEnded: isEnded(site, store, `c.status = 'STOPPED'`),
    findings: () =>
      findingsAboutCode(site, store.alipayStoreId, { status: 'STOPPED', name: store.name }),
  });
  const stores = ({ world: { merchant } }: CrashSite, count: number) =>
    inTurn(count, async () => merchant.registerStore((await merchant.registerMerchant()).id));
  const counters = ({ world: { merchant } }: CrashSite, count: number) =>
    inTurn(count, () => merchant.openCounter());
  return [
    ...flowsOf({
      noun: 'a new code',
      service: QRCODE_CREATE,
      losses: CODE_LOSSES,
      subjects: stores,
      deed: create,
    }),
    ...flowsOf({
      noun: 'a modify',
      service: QRCODE_MODIFY,
      losses: CODE_LOSSES,
      subjects: counters,
      deed: modify,
    }),
    ...flowsOf({
      noun: 'a stop',
      service: QRCODE_MODIFY_STATUS,
      losses: CODE_LOSSES,
      subjects: counters,
      deed: stop,
    }),
  ];
}

/** A mutation, and how to know that what it asked for is done. */
interface Given {
  readonly ask: () => Promise<Answer>;
  readonly isEnded: () => Promise<boolean>;
  readonly findings: () => Promise<string[]>;
}

interface Kind<Subject> {
  readonly noun: string;
  readonly service: string;
  readonly losses: readonly string[];
  readonly subjects: (site: CrashSite, count: number) => Promise<Subject[]>;
  readonly deed: (site: CrashSite, subject: Subject) => Given;
}

/** One mutation as every flow it has: answered, its answer lost, and then settled by the worker. */
function flowsOf<Subject>({ noun, service, losses, subjects, deed }: Kind<Subject>): Flow[] {
  const flow = (
    title: string,
    victim: Flow['victim'],
    run: (site: CrashSite, given: Given) => Promise<unknown>,
  ): Flow => ({
    title: `${noun} ${title}`,
    victim,
    prepare: async (site, count) =>
      (await subjects(site, count)).map((subject) => {
        const given = deed(site, subject);
        return {
          run: () => run(site, given),
          repeat: () => untilAnswered(given.ask),
          findings: given.findings,
        };
      }),
  });
  const settle =
    (...faults: string[]) =>
    async (site: CrashSite, { ask, isEnded }: Given): Promise<void> => {
      for (const fault of faults) await site.world.gateway.fault(service, fault);
      await untilAnswered(ask);
      await site.passTime(DUE_AFTER_MS);
      await waitFor(`${noun} settled by the worker`, isEnded);
    };
  return [
    flow('is answered', 'api', (_site, { ask }) => granted(ask)),
    ...losses.map((loss) =>
      flow(`has its answer lost (${loss})`, 'api', async (site, { ask }) => {
        await site.world.gateway.fault(service, loss);
        await granted(ask);
      }),
    ),
    flow('is settled by a repeat', 'worker', settle('reset-after-effect')),
    ...(service === SPOT_REFUND
      ? [flow('is settled by a query', 'worker', settle('reset-after-effect', 'system-error'))]
      : []),
  ];
}

/** The pause after the first attempt, and the turn of the worker, are over. */
const DUE_AFTER_MS = 3_000;

async function granted(ask: () => Promise<Answer>): Promise<void> {
  const { userErrors } = await ask();
  if (userErrors.length > 0) throw new Refused(JSON.stringify(userErrors));
}

class Refused extends Error {
  override readonly name = 'Refused';
}

/** Nobody takes silence for an answer: the same again, until there is one. */
function untilAnswered(ask: () => Promise<Answer>): Promise<true> {
  return waitFor('an answer', async () => {
    try {
      await granted(ask);
      return true as const;
    } catch (error) {
      if (error instanceof TypeError) return false; // of fetch: no connection, or a broken one
      throw error;
    }
  });
}

async function inTurn<Item>(count: number, make: () => Promise<Item>): Promise<Item[]> {
  const items: Item[] = [];
  while (items.length < count) items.push(await make());
  return items;
}
