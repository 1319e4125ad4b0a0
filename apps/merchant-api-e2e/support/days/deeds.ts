import { encodeRequest, formatAmount } from '@countersign/alipay-protocol';

import type { Chance } from '../chance';
import { PORTAL } from '../elsewhere';
import type { Operation } from '../graphql-client';
import { PARTNER_ID } from '../keys';
import { ACQUIRE_CANCEL, REFUND_QUERY, SPOT_REFUND } from '../lost-answers';
import { addDays, dayOf } from './calendar';
import type { DayWorld } from './day-world';
import { type Ledger, recentSales, type Sale } from './ledger';

export interface Scene {
  readonly world: DayWorld;
  readonly ledger: Ledger;
  readonly chance: Chance;
}

type Deed = (scene: Scene) => Promise<string | null>;

/** How often each is drawn; what cannot be done at the moment is left. */
const DEEDS: readonly (readonly [number, Deed])[] = [
  [10, pay],
  [4, refundHere],
  [3, refundElsewhere],
  [2, cancelHere],
  [1, cancelElsewhere],
  [1, cancelTooLate],
  [1, openUnpaid],
  [1, payOrClose],
  [1, finish],
  [2, settleHeld],
  [2, sendLate],
  [2, turn],
];

/** Something that a day brings: by a customer, a cashier, a portal, or the post. */
export async function doSomething(scene: Scene): Promise<void> {
  const drawn = DEEDS.flatMap(([weight, deed]) => Array.from({ length: weight }, () => deed));
  const what = await scene.chance.oneOf(drawn)(scene);
  if (what !== null) scene.ledger.counts.happened(what);
}

const MAIL = [
  'arrives',
  'arrives',
  'arrives',
  'lost',
  'late',
  'duplicate',
  'bad-signature',
] as const;

export async function pay(scene: Scene): Promise<string> {
  const { world, ledger, chance } = scene;
  const mail = chance.oneOf(MAIL);
  if (mail === 'lost' || mail === 'late') await world.gateway.fault('notification', 'drop');
  else if (mail !== 'arrives') await world.gateway.fault('notification', mail);
  const sale = await ring(scene, true);
  await world.mailSent(sale.no);
  if (mail === 'late') ledger.late.push(sale);
  if (chance.below(3) > 0) await world.readInbox();
  return `pay, message ${mail}`;
}

async function openUnpaid(scene: Scene): Promise<string> {
  await ring(scene, false);
  return 'open unpaid';
}

async function ring({ world, ledger, chance }: Scene, paid: boolean): Promise<Sale> {
  const counter = chance.oneOf(world.counters);
  const most = chance.oneOf([3, 100, 5_000, 9_999_999]);
  const minor = BigInt(1 + chance.below(most));
  const { trade_no: no, out_trade_no: outNo } = await world.gateway.pay({
    qrcode: counter.qrCode.code,
    amount: formatAmount({ minor, currency: counter.currency }),
    wallet: chance.oneOf(['ALIPAYHK', 'ALIPAYHK', 'ALIPAYCN', 'ALIPAYPLUS']),
    paid,
  });
  const paidOn = paid ? dayOf(world.now()) : null;
  const sale: Sale = { no, outNo, counter, minor, paidOn, askedBack: 0n, isOver: false };
  ledger.sales.push(sale);
  return sale;
}

async function payOrClose({ world, ledger, chance }: Scene): Promise<string | null> {
  const sale = someOf(
    chance,
    recentSales(ledger, ({ paidOn, isOver }) => !isOver && paidOn === null),
  );
  if (sale === null) return null;
  const what = chance.oneOf(['pay', 'pay', 'close']);
  if (chance.below(3) === 0) await world.gateway.fault('notification', 'drop');
  await world.gateway.call(`POST /trades/${sale.no}/${what}`);
  if (what === 'pay') sale.paidOn = dayOf(world.now());
  else sale.isOver = true;
  await world.mailSent(sale.no);
  return `unpaid: ${what}`;
}

async function finish({ world, ledger, chance }: Scene): Promise<string | null> {
  const sale = someOf(
    chance,
    recentSales(ledger, (one) => one.paidOn !== null && !one.isOver && one.askedBack < one.minor),
  );
  if (sale === null || chance.below(3) > 0) return null;
  sale.isOver = true;
  await world.gateway.call(`POST /trades/${sale.no}/finish`);
  await world.mailSent(sale.no);
  return 'finish';
}

/** A cashier gives money back; now and then nobody learns whether it arrived. */
async function refundHere(scene: Scene): Promise<string | null> {
  const { world, ledger, chance } = scene;
  const sale = someOf(chance, refundable(ledger));
  if (sale === null) return null;
  const transactionId = await idOf(world, sale);
  if (transactionId === null) return 'refund of what nobody has heard of';
  const how = chance.oneOf(['known', 'known', 'lost after effect', 'lost before effect'] as const);
  if (how !== 'known') {
    const kind = how === 'lost after effect' ? 'reset-after-effect' : 'reset';
    await world.gateway.fault(SPOT_REFUND, kind, 1_000, { partner_trans_id: sale.outNo });
    await world.gateway.fault(REFUND_QUERY, 'reset', 1_000, { out_trade_no: sale.outNo });
  }
  const minor = shareOf(chance, sale);
  if (chance.below(3) === 0) await world.gateway.fault('notification', 'drop');
  const payload = await world.merchant.refund({
    transactionId,
    idempotencyKey: `key ${ledger.next++}`,
    amount: {
      amount: formatAmount({ minor, currency: sale.counter.currency }),
      currency: sale.counter.currency,
    },
    ...(chance.below(2) === 0 ? { reason: '不要了|客人' } : {}),
  });
  if (payload.refund?.status !== 'FAILED' && payload.refund !== null) sale.askedBack += minor;
  await world.mailSent(sale.no);
  return `refund ${how}: ${payload.userErrors[0]?.code ?? payload.refund?.status ?? ''}`;
}

/** In Alipay's portal: the product hears of it from the statement alone. */
async function refundElsewhere({ world, ledger, chance }: Scene): Promise<string | null> {
  const sale = someOf(chance, refundable(ledger));
  if (sale === null) return null;
  const minor = shareOf(chance, sale);
  const { currency } = sale.counter;
  const partnerRefundId = `${PORTAL}${ledger.next++}`;
  // Of one in the payment's own second nobody can tell whether its line bears the payment's time, as some do.
  world.setTime(new Date(world.now().getTime() + 1_000));
  if (chance.below(2) === 0) await world.gateway.fault('notification', 'drop');
  const isHeld = chance.below(3) === 0;
  if (isHeld) {
    await acceptRefund(world, sale, { partnerRefundId, amount: formatAmount({ minor, currency }) });
  } else {
    const amount = { minor, currency };
    await world.elsewhere.alipay.spotRefund({
      ...{ partnerTransId: sale.outNo, partnerRefundId, amount },
    });
  }
  const { refunds } = await world.mailSent(sale.no);
  if (refunds.every(({ partner_refund_id: id }) => id !== partnerRefundId)) {
    return 'refund elsewhere, not accepted';
  }
  sale.askedBack += minor;
  if (isHeld) ledger.held.push(partnerRefundId);
  return isHeld ? 'refund elsewhere, held' : 'refund elsewhere';
}

/** `is_sync=N`, which our own client never says: accepted, and carried out when Alipay likes. */
async function acceptRefund(
  { elsewhere, gatewayUrl }: DayWorld,
  { outNo, counter }: Sale,
  { partnerRefundId, amount }: { readonly partnerRefundId: string; readonly amount: string },
): Promise<void> {
  const request = encodeRequest(
    {
      service: SPOT_REFUND,
      partner: PARTNER_ID,
      _input_charset: 'UTF-8',
      partner_trans_id: outNo,
      partner_refund_id: partnerRefundId,
      refund_amount: amount,
      currency: counter.currency,
      is_sync: 'N',
    },
    elsewhere.signer,
    { gatewayUrl },
  );
  const { method, url, headers, body = '' } = request;
  // A fault that was ordered for our own refund of this trade may meet this one.
  await fetch(url, { method, headers, body }).catch(() => undefined);
}

async function settleHeld({ world, ledger, chance }: Scene): Promise<string | null> {
  const id = ledger.held.shift();
  if (id === undefined) return null;
  const status = chance.oneOf(['SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILED', 'CANCELED']);
  const { trade_no: no } = await world.gateway.call<{ trade_no: string }>(
    `POST /refunds/${id}/settle`,
    { status },
  );
  await world.mailSent(no);
  return `held refund ${status}`;
}

async function cancelHere({ world, ledger, chance }: Scene): Promise<string | null> {
  const sale = someOf(chance, cancellable(world, ledger));
  if (sale === null) return null;
  const transactionId = await idOf(world, sale);
  if (transactionId === null) return 'cancel of what nobody has heard of';
  const how = chance.oneOf(['known', 'lost after effect', 'lost before effect'] as const);
  if (how !== 'known') {
    const kind = how === 'lost after effect' ? 'reset-after-effect' : 'reset';
    await world.gateway.fault(ACQUIRE_CANCEL, kind, 1_000, { out_trade_no: sale.outNo });
  }
  if (chance.below(2) === 0) await world.gateway.fault('notification', 'drop');
  const payload = await world.merchant.cancel({ transactionId });
  sale.isOver = true;
  await world.mailSent(sale.no);
  return `cancel ${how}: ${payload.userErrors[0]?.code ?? payload.transaction?.status ?? ''}`;
}

async function cancelElsewhere({ world, ledger, chance }: Scene): Promise<string | null> {
  const sale = someOf(chance, cancellable(world, ledger));
  if (sale === null) return null;
  if (chance.below(2) === 0) await world.gateway.fault('notification', 'drop');
  await world.elsewhere.alipay.acquireCancel({ outTradeNo: sale.outNo });
  sale.isOver = true;
  await world.mailSent(sale.no);
  return 'cancel elsewhere';
}

/** From midnight on: refused here, without Alipay being asked. */
async function cancelTooLate({ world, ledger, chance }: Scene): Promise<string | null> {
  const today = dayOf(world.now());
  const isYesterdays = (sale: Sale): boolean =>
    sale.paidOn === addDays(today, -1) && !sale.isOver && sale.askedBack === 0n;
  const sale = someOf(chance, recentSales(ledger, isYesterdays));
  const transactionId = sale === null ? null : await idOf(world, sale);
  if (sale === null || transactionId === null) return null;
  const { userErrors } = await world.merchant.cancel({ transactionId });
  const [code = 'was done'] = userErrors.map((error) => error.code);
  if (code !== 'CANCEL_WINDOW_CLOSED')
    throw new Error(`A cancel of ${sale.no} after midnight: ${code}`);
  return 'cancel after midnight is refused';
}

async function sendLate({ world, ledger }: Scene): Promise<string | null> {
  const sale = ledger.late.shift();
  if (sale === undefined) return null;
  const { answer } = await world.gateway.resend(sale.no);
  if (answer !== 'success')
    throw new Error(`The late message of ${sale.no} was answered ${answer ?? 'nothing'}`);
  await world.readInbox();
  return 'late message';
}

async function turn({ world }: Scene): Promise<string> {
  await world.turn();
  return 'turn';
}

const TRANSACTION_ID: Operation<{ transaction: { readonly id: string } | null }> = {
  text: `query ($alipayTransId: String) { transaction(alipayTransId: $alipayTransId) { id } }`,
};

async function idOf(world: DayWorld, { no }: Sale): Promise<string | null> {
  const { transaction } = await world.graphql(TRANSACTION_ID, { alipayTransId: no });
  return transaction?.id ?? null;
}

function refundable(ledger: Ledger): Sale[] {
  return recentSales(
    ledger,
    ({ paidOn, isOver, minor, askedBack }) => paidOn !== null && !isOver && askedBack < minor,
  );
}

function cancellable(world: DayWorld, ledger: Ledger): Sale[] {
  const today = dayOf(world.now());
  return recentSales(
    ledger,
    ({ paidOn, isOver, askedBack }) => !isOver && askedBack === 0n && paidOn === today,
  );
}

/** A part of what is left, or all of it. */
function shareOf(chance: Chance, { minor, askedBack }: Sale): bigint {
  const left = minor - askedBack;
  return chance.below(3) === 0 ? left : BigInt(1 + chance.below(Number(left)));
}

function someOf(chance: Chance, sales: readonly Sale[]): Sale | null {
  return sales.length === 0 ? null : chance.oneOf(sales);
}
