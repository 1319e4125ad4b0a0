import { partnerRefundIdOf } from '@countersign/merchant-domain';

import type { CutSite } from './cut-connections-site';
import { inTurns } from './in-turns';
import { PARTNER_ID } from './keys';
import {
  ACQUIRE_CANCEL,
  QRCODE_CREATE,
  QRCODE_MODIFY,
  QRCODE_MODIFY_STATUS,
  SPOT_REFUND,
} from './lost-answers';
import type { QrCodePayload } from './documents';
import type { Failing, TransactionShape } from './shapes';
import { waitFor } from './wait-for';

/** One deed that Alipay is asked for once, and again when its first exchange was cut. */
export interface Deed {
  /** What its exchanges are known by. */
  readonly id: string;
  /** By what the simulator knows its calls. */
  readonly match: Readonly<Record<string, string>>;
  /** The payment it is about; null for the deeds of codes. */
  readonly tradeNo: string | null;
  /** What a merchant does, and whether it is done, as far as the answer says. */
  readonly ask: () => Promise<Failing & { readonly isOpen: boolean }>;
}

export interface DeedKind {
  readonly service: string;
  readonly movesMoney: boolean;
  /** So many of them, ready to be asked for. */
  readonly prepare: (site: CutSite, count: number) => Promise<Deed[]>;
}

const REFUNDS_PER_PAYMENT = 8;
const PAYMENTS_AT_A_COUNTER = 100;
const PREPARED_WITHIN_MS = 90_000;
/** With each look, so that what went wrong on a busy machine is asked for again. */
const PAUSE_OF_A_REPEAT_MS = 15_000;
const KNOWN = `select count(*) as known from transactions t join qr_codes c on c.id = t.qr_code_id
  where c.code = $1 and t.payment_institution_code is not null`;

export const DEED_KINDS = {
  refund: { service: SPOT_REFUND, movesMoney: true, prepare: prepareRefunds },
  cancel: { service: ACQUIRE_CANCEL, movesMoney: true, prepare: prepareCancels },
  create: { service: QRCODE_CREATE, movesMoney: false, prepare: prepareCreates },
  modify: { service: QRCODE_MODIFY, movesMoney: false, prepare: prepareModifications },
  stop: { service: QRCODE_MODIFY_STATUS, movesMoney: false, prepare: prepareStops },
} as const satisfies Record<string, DeedKind>;

export type DeedName = keyof typeof DEED_KINDS;

async function prepareRefunds(site: CutSite, count: number): Promise<Deed[]> {
  const payments = await takeMany(site, Math.ceil(count / REFUNDS_PER_PAYMENT));
  return Array.from({ length: count }, (_, index) => {
    const payment = payments[Math.floor(index / REFUNDS_PER_PAYMENT)];
    if (payment === undefined) throw new Error('too few payments were taken');
    const idempotencyKey = `refund ${index % REFUNDS_PER_PAYMENT}`;
    const id = partnerRefundIdOf(PARTNER_ID, payment.alipayTransId, idempotencyKey);
    return {
      id,
      match: { partner_refund_id: id },
      tradeNo: payment.alipayTransId,
      ask: async () => {
        const { refund, userErrors } = await site.world.merchant.refund({
          transactionId: payment.id,
          amount: { amount: `1.0${1 + (index % REFUNDS_PER_PAYMENT)}`, currency: 'HKD' },
          reason: `第 ${index} 次退款`,
          idempotencyKey,
        });
        return { userErrors, isOpen: refund?.status === 'PENDING' };
      },
    };
  });
}

async function prepareCancels(site: CutSite, count: number): Promise<Deed[]> {
  const payments = await takeMany(site, count);
  return payments.map((payment) => ({
    id: payment.partnerTransId ?? '',
    match: { out_trade_no: payment.partnerTransId ?? '' },
    tradeNo: payment.alipayTransId,
    ask: async () => {
      const { transaction, userErrors } = await site.world.merchant.cancel({
        transactionId: payment.id,
      });
      return { userErrors, isOpen: transaction?.cancelPending === true };
    },
  }));
}

/** Payments that are known with their wallets, so that nothing but the deeds is asked for later. */
async function takeMany(site: CutSite, count: number): Promise<TransactionShape[]> {
  const { merchant, gateway } = site.world;
  const payments: TransactionShape[] = [];
  while (payments.length < count) {
    const [counter] = await openCodes(site, 1);
    const { id, code } = counter ?? { id: '', code: '' };
    const some = Math.min(count - payments.length, PAYMENTS_AT_A_COUNTER);
    await inTurns(Array<string>(some).fill('20.00'), (amount) =>
      gateway.pay({ qrcode: code, amount }),
    );
    await waitFor(
      'all payments with their wallets',
      async () => {
        site.passTime(PAUSE_OF_A_REPEAT_MS);
        const [{ known } = { known: '' }] = await site.rows<{ known: string }>(KNOWN, [code]);
        return Number(known) === some;
      },
      { withinMs: PREPARED_WITHIN_MS },
    );
    payments.push(...(await merchant.transactions({ filter: { qrCodeId: id } })));
  }
  return payments;
}

/** New counters' codes, also where the machine was too busy for their first call. */
async function openCodes(
  site: CutSite,
  count: number,
): Promise<{ readonly id: string; readonly code: string }[]> {
  const { merchant } = site.world;
  const opened = await inTurns(Array<CutSite>(count).fill(site), () => merchant.openCounter());
  if (opened.some(({ qrCode }) => qrCode.code === null)) await site.settle();
  return inTurns(opened, async ({ qrCode }) => {
    const { id, code } = qrCode.code === null ? await merchant.qrCode(qrCode.id) : qrCode;
    if (code === null) throw new Error('a code could not be made');
    return { id, code };
  });
}

async function prepareCreates({ world: { merchant } }: CutSite, count: number): Promise<Deed[]> {
  const owner = await merchant.registerMerchant();
  return inTurns(
    Array.from({ length: count }, () => owner.id),
    async (merchantId) => {
      const store = await merchant.registerStore(merchantId);
      return codeDeed(store.alipayStoreId, { store_id: store.alipayStoreId }, () =>
        merchant.createQrCode({ storeId: store.id }),
      );
    },
  );
}

function prepareModifications(site: CutSite, count: number): Promise<Deed[]> {
  return withCodes(site, count, ({ merchant }, qrCodeId) =>
    merchant.modifyQrCode({ qrCodeId, storeName: NEW_NAME }),
  );
}

/** What a modified store is called. */
export const NEW_NAME = '翡翠茶餐廳（新店）';

function prepareStops(site: CutSite, count: number): Promise<Deed[]> {
  return withCodes(site, count, ({ merchant }, qrCodeId) => merchant.stopQrCode({ qrCodeId }));
}

async function withCodes(
  site: CutSite,
  count: number,
  change: (world: CutSite['world'], qrCodeId: string) => Promise<QrCodePayload>,
): Promise<Deed[]> {
  const codes = await openCodes(site, count);
  return codes.map(({ id, code }) =>
    codeDeed(code, { qrcode: code }, () => change(site.world, id)),
  );
}

function codeDeed(id: string, match: Deed['match'], change: () => Promise<QrCodePayload>): Deed {
  return {
    id,
    match,
    tradeNo: null,
    ask: async () => {
      const { qrCode, userErrors } = await change();
      return { userErrors, isOpen: qrCode?.changePending === true || qrCode?.status === 'PENDING' };
    },
  };
}
