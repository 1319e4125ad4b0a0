import { formatAmount } from '@countersign/alipay-protocol';
import { uuidv7 } from 'uuidv7';

import { REFUND_TRANSACTION, transactionMutation, qrCodeMutation } from '../documents';
import { PORTAL } from '../elsewhere';
import type { Operation, Variables } from '../graphql-client';
import {
  OVERSEAS_QUERY,
  REFUND_QUERY,
  SPOT_REFUND,
  ACQUIRE_CANCEL,
  QRCODE_CREATE,
} from '../lost-answers';
import { mostMinorOf } from './amounts';
import { ask } from './ask';
import type { AtTheGateway, Business, Command, Portion, Schedule, Single } from './commands';
import type { Counts } from './counts';
import type { Mishap } from './faults';
import { forge } from './forge';
import { replayOne, resolveOne, reverify } from './people';
import type { Shop, ShopCode, Trade } from './shop';
import type { Site } from './site';
import { bringFiles } from './statements';

/** Lives a part of a schedule through, among others, and keeps what was asked and answered. */
export async function runCommands(
  site: Site,
  shop: Shop,
  counts: Counts,
  commands: readonly Command[],
): Promise<void> {
  for (const command of commands) await run(site, shop, counts, command);
}

async function run(site: Site, shop: Shop, counts: Counts, command: Command): Promise<void> {
  counts.happened(command.kind);
  if (command.kind !== 'together') return runOne(site, shop, counts, command);
  await Promise.all(
    command.commands.map((one) => {
      counts.happened(one.kind);
      return runOne(site, shop, counts, one);
    }),
  );
}

async function runOne(site: Site, shop: Shop, counts: Counts, command: Single): Promise<void> {
  switch (command.kind) {
    case 'pay':
      return pay(site, shop, command);
    case 'claim':
    case 'refund':
    case 'cancel':
    case 'refresh':
    case 'recover':
      return aboutTrade(site, shop, counts, command);
    case 'stop':
    case 'restart':
    case 'modify':
    case 'delete':
      return aboutCode(site, shop, command);
    case 'create':
      return create(site, shop, command);
    case 'pay later':
    case 'close':
    case 'finish':
    case 'freeze':
      return atTheGateway(site, shop, command.kind, command.trade);
    case 'resend': {
      const trade = tradeOf(shop, command.trade);
      if (trade !== undefined) await quietly(site.gateway.resend(trade.no));
      return;
    }
    case 'refund elsewhere':
    case 'cancel elsewhere':
      return giveBackElsewhere(site, shop, command);
    case 'mail trouble':
      return site.gateway.fault('notification', command.trouble, command.times);
    case 'forge': {
      const trade = tradeOf(shop, command.trade);
      if (trade !== undefined) await forge(site, shop, trade, command.how);
      return;
    }
    case 'kill':
      await pause(command.afterMs);
      return site.kill();
    case 'sever':
      await pause(command.afterMs);
      return site.sever(command.awayMs);
    case 'lose gateway':
      return site.loseGateway(command.awayMs);
    case 'second':
      return site.startSecond(command);
    case 'calm':
      return site.calmDown();
    case 'clock':
      return site.moveTime(command.minutes * 60_000);
    case 'skew':
      return site.setSkew(command.minutes * 60_000);
    case 'astray':
      return site.goAstray(command.hours * 3_600_000);
    case 'turn':
      await site.skipPause(command.aheadMs);
      return site.turn();
    case 'resolve': {
      const trade = openOf(shop) ?? tradeOf(shop, command.trade);
      if (trade !== undefined) await resolveOne(site, shop, counts, trade, command.then);
      return;
    }
    case 'replay':
      return replayOne(site, shop, counts, command.message);
    case 'reverify':
      return reverify(site, shop);
    case 'statements':
      return bringFiles(site, shop, counts, command);
  }
}

/** A merchant's store with its first code; whatever goes wrong, it is open in the end. */
export async function openShop(
  site: Site,
  merchantId: string,
  index: number,
  schedule: Schedule,
): Promise<Shop> {
  const alipayStoreId = `S_${index}`;
  const store = await insist(() => site.merchant.registerStore(merchantId, { alipayStoreId }));
  const shop: Shop = {
    index,
    schedule,
    storeId: store.id,
    alipayStoreId,
    codes: [],
    trades: [],
    history: [],
    forgeries: [],
    ordered: [],
    trouble: [],
  };
  await order(site, shop, null, schedule.openingMishaps);
  let pauseMs = 10_000; // it doubles, as the product's own pauses do
  await insist(async () => {
    await create(site, shop, { kind: 'create', fee: false, mishaps: [] });
    await site.skipPause(pauseMs);
    pauseMs = Math.min(2 * pauseMs, 330_000);
    if (shop.codes.every(({ code }) => code === null)) await site.turn();
    await readCodes(site, shop);
    if (shop.codes.every(({ code }) => code === null)) throw new Error('the shop has no code yet');
  });
  return shop;
}

/**
 * By time and not by tries: on a slow machine the jumps that the other shops make while they open
 * can each hold up a call of this one, which then is not sent.
 */
export async function insist<Result>(work: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + INSIST_MS;
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 500)) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() >= giveUpAt) throw error;
      await pause(pauseMs);
    }
  }
}

const INSIST_MS = 60_000;

async function pay(
  site: Site,
  shop: Shop,
  { code: number, minor, wallet, paid, mishaps }: Extract<Business, { kind: 'pay' }>,
): Promise<void> {
  const code = itemOf(
    shop.codes.filter((one) => one.code !== null),
    number,
  );
  if (code === undefined) return;
  const { currency } = shop.schedule;
  const most = mostMinorOf(currency);
  const exact = BigInt(minor) < most ? BigInt(minor) : most;
  const { httpStatus, answer } = await site.gateway.tryToPay({
    qrcode: code.code,
    amount: formatAmount({ minor: exact, currency }),
    wallet,
    paid,
  });
  if (httpStatus !== 201) return; // the code is stopped or gone
  const { trade_no: no, out_trade_no: outNo } = answer as {
    trade_no: string;
    out_trade_no: string;
  };
  const trade: Trade = {
    ...{ no, outNo, code, wallet, minor: exact },
    wasPaidAtOnce: paid,
    became: new Set(),
    transactionId: null,
  };
  shop.trades.push(trade);
  await order(site, shop, trade, mishaps);
  if (paid) await hearOf(site, trade);
}

/** Most messages arrive at once; those that do not are for later. */
export async function hearOf(site: Site, trade: Trade): Promise<void> {
  for (let look = 0; look < 3; look += 1) {
    await site.readInbox();
    if ((await idOf(site, trade)) !== null) return;
    await pause(5);
  }
}

const TRANSACTION_ID: Operation<{ transaction: { readonly id: string } | null }> = {
  text: `query ($alipayTransId: String) { transaction(alipayTransId: $alipayTransId) { id } }`,
};

async function idOf(site: Site, trade: Trade): Promise<string | null> {
  if (trade.transactionId !== null) return trade.transactionId;
  await site.awake();
  try {
    const { transaction } = await site.graphql(TRANSACTION_ID, { alipayTransId: trade.no });
    trade.transactionId = transaction?.id ?? null;
  } catch {
    return null; // a kill; whoever needs it asks again
  }
  return trade.transactionId;
}

type AboutTrade = Extract<
  Business,
  { kind: 'claim' | 'refund' | 'cancel' | 'refresh' | 'recover' }
>;

async function aboutTrade(
  site: Site,
  shop: Shop,
  counts: Counts,
  command: AboutTrade,
): Promise<void> {
  const trade = tradeOf(shop, command.trade);
  if (trade === undefined) return;
  await order(site, shop, trade, command.mishaps, command);
  if (command.kind === 'recover') {
    const numbers = {
      ...(command.by === 'alipay' ? {} : { partnerTransId: trade.outNo }),
      ...(command.by === 'partner' ? {} : { alipayTransId: trade.no }),
      // Of an unpaid trade no message will tell where it is.
      ...(command.where || !trade.wasPaidAtOnce ? { qrCodeId: trade.code.id } : {}),
    };
    const entry = await ask(
      site,
      shop,
      { kind: 'recover', trade, input: numbers },
      MUTATIONS.recover,
    );
    trade.transactionId ??= entry.answer?.transaction?.id ?? null;
    return;
  }
  if (trade.transactionId === null) await hearOf(site, trade);
  const { transactionId } = trade;
  if (transactionId === null) {
    counts.happened('not heard of yet');
    return;
  }
  const { kind } = command;
  if (command.kind === 'cancel' && command.unheard)
    await site.gateway.fault('notification', 'drop');
  if (command.kind === 'cancel' && command.atMidnight) {
    counts.happened('cancel at midnight');
    await site.moveTime(untilMidnight(site.now()) - BEFORE_MIDNIGHT_MS);
  }
  if (kind === 'refund') {
    const last = shop.history.findLast((entry) => entry.kind === kind && entry.trade === trade);
    const fresh = { transactionId, ...refundInput(shop, trade, command) };
    const input = command.again && last !== undefined ? { ...last.input, transactionId } : fresh;
    await ask(site, shop, { kind, trade, input }, MUTATIONS.refund);
  } else if (kind === 'claim') {
    const input = { transactionId, saleReference: command.sale };
    await ask(site, shop, { kind, trade, input }, MUTATIONS.claim);
  } else {
    await ask(site, shop, { kind, trade, input: { transactionId } }, MUTATIONS[kind]);
  }
}

const DAY_MS = 24 * 60 * 60_000;
const BEIJING_MS = 8 * 60 * 60_000;
/** Enough to ask, and less than an answer may take. */
const BEFORE_MIDNIGHT_MS = 200;

function untilMidnight(now: Date): number {
  return DAY_MS - ((now.getTime() + BEIJING_MS) % DAY_MS);
}

function refundInput(
  { schedule: { currency } }: Shop,
  { minor }: Trade,
  { share, key, reason }: Extract<Business, { kind: 'refund' }>,
): Variables {
  const exact = {
    rest: null,
    ...portionsOf(minor),
    'too much': minor + 1n,
    nothing: 0n,
    foreign: 1n,
  }[share];
  const used = share === 'foreign' ? 'EUR' : currency;
  return {
    idempotencyKey: key,
    ...(exact === null
      ? {}
      : { amount: { amount: formatAmount({ minor: exact, currency: used }), currency: used } }),
    ...(reason ? { reason: '不要了' } : {}),
  };
}

function portionsOf(minor: bigint): Record<Portion, bigint> {
  return { all: minor, half: minor / 2n || 1n, third: minor / 3n || 1n, cent: 1n };
}

/** In Alipay's portal: we hear of it by a message, which may be lost, and by the statement. */
async function giveBackElsewhere(
  site: Site,
  shop: Shop,
  command: Extract<AtTheGateway, { kind: 'refund elsewhere' | 'cancel elsewhere' }>,
): Promise<void> {
  const trade = tradeOf(shop, command.trade);
  if (trade === undefined) return;
  // Whatever comes of it: its answer may be lost, too.
  trade.became.add('given back elsewhere');
  if (command.unheard) await site.gateway.fault('notification', 'drop');
  const { alipay } = site.elsewhere;
  if (command.kind === 'cancel elsewhere') {
    await alipay.acquireCancel({ outTradeNo: trade.outNo });
    return;
  }
  const amount = {
    minor: portionsOf(trade.minor)[command.share],
    currency: shop.schedule.currency,
  };
  await alipay.spotRefund({
    ...{ partnerTransId: trade.outNo, partnerRefundId: `${PORTAL}${uuidv7()}`, amount },
  });
}

async function aboutCode(
  site: Site,
  shop: Shop,
  {
    kind,
    code: number,
    mishaps,
  }: Extract<Business, { code: number }> & { kind: keyof typeof CODE_MUTATIONS },
): Promise<void> {
  const code = itemOf(shop.codes, number);
  if (code === undefined) return;
  await order(site, shop, code, mishaps);
  const input = {
    qrCodeId: code.id,
    ...(kind === 'modify' ? { storeName: `茶餐廳 ${shop.history.length}` } : {}),
  };
  await ask(site, shop, { kind, code, input }, CODE_MUTATIONS[kind]);
}

export async function create(
  site: Site,
  shop: Shop,
  { fee, mishaps }: Extract<Business, { kind: 'create' }>,
): Promise<void> {
  await order(site, shop, null, mishaps);
  const { currency } = shop.schedule;
  const input = {
    storeId: shop.storeId,
    transactionCurrency: currency,
    settlementCurrency: currency,
    ...(fee ? { channelFee: { type: 'RATE', value: '0.01' } } : {}),
  };
  const { answer } = await ask(site, shop, { kind: 'create', input }, CODE_MUTATIONS.create);
  const qrCode = answer?.qrCode;
  if (qrCode === undefined || qrCode === null) return;
  learn(shop, qrCode);
}

/** The same code under another id is one that a restored backup lacks. */
function learn(
  { codes }: Shop,
  { id, code }: { readonly id: string; readonly code: string | null },
) {
  const known = codes.filter((one) => one.id === id || (code !== null && one.code === code));
  for (const one of known) Object.assign(one, { id, code: code ?? one.code });
  if (known.length === 0) codes.push({ id, code });
}

interface StoreCode {
  readonly id: string;
  readonly code: string | null;
  readonly status: string;
}

const STORE_CODES: Operation<{
  store: { readonly qrCodes: { readonly nodes: readonly StoreCode[] } };
}> = {
  text: `query ($id: ID!) { store(id: $id) { qrCodes(first: 100) { nodes { id code status } } } }`,
};

export async function readCodes(site: Site, shop: Shop): Promise<readonly StoreCode[]> {
  const { store } = await site.graphql(STORE_CODES, { id: shop.storeId });
  for (const code of store.qrCodes.nodes) learn(shop, code);
  return store.qrCodes.nodes;
}

const AT_THE_GATEWAY = {
  'pay later': { call: 'pay', becomes: 'paid later' },
  close: { call: 'close', becomes: 'closed' },
  finish: { call: 'finish', becomes: 'finished' },
  freeze: { call: 'freeze', becomes: 'frozen' },
} as const;

async function atTheGateway(
  site: Site,
  shop: Shop,
  kind: keyof typeof AT_THE_GATEWAY,
  number: number,
): Promise<void> {
  const trade = tradeOf(shop, number);
  if (trade === undefined) return;
  const { call, becomes } = AT_THE_GATEWAY[kind];
  // Refused where the trade is in no state for it.
  if (await quietly(site.gateway.call(`POST /trades/${trade.no}/${call}`)))
    trade.became.add(becomes);
}

/** Orders mishaps that meet the calls about one thing and no others. */
export async function order(
  site: Site,
  shop: Shop,
  about: Trade | ShopCode | null,
  mishaps: readonly Mishap[],
  command?: AboutTrade,
): Promise<void> {
  for (const mishap of mishaps) {
    const match = aimOf(shop, about, mishap, command);
    if (match === null) continue;
    shop.ordered.push({ about, mishap });
    await site.gateway.fault(mishap.service, mishap.kind, mishap.times, match);
  }
}

function aimOf(
  shop: Shop,
  about: Trade | ShopCode | null,
  { service }: Mishap,
  command?: AboutTrade,
): Readonly<Record<string, string>> | null {
  if (service === QRCODE_CREATE) return { store_id: shop.alipayStoreId };
  if (about === null) return null;
  if (!('no' in about)) return about.code === null ? null : { qrcode: about.code };
  switch (service) {
    case SPOT_REFUND:
      return { partner_trans_id: about.outNo };
    case REFUND_QUERY:
      return { out_trade_no: about.outNo };
    case ACQUIRE_CANCEL:
      return { trade_no: about.no };
    case OVERSEAS_QUERY:
      return command?.kind === 'recover' && command.by === 'partner'
        ? { partner_trans_id: about.outNo }
        : { alipay_trans_id: about.no };
    default:
      return null;
  }
}

export const MUTATIONS = {
  refund: REFUND_TRANSACTION,
  claim: transactionMutation('claimTransaction', 'ClaimTransactionInput'),
  cancel: transactionMutation('cancelTransaction', 'CancelTransactionInput'),
  refresh: transactionMutation('refreshTransaction', 'TransactionInput'),
  recover: transactionMutation('recoverTransaction', 'RecoverTransactionInput'),
};
export const CODE_MUTATIONS = {
  create: qrCodeMutation('createQrCode', 'CreateQrCodeInput'),
  modify: qrCodeMutation('modifyQrCode', 'ModifyQrCodeInput'),
  stop: qrCodeMutation('stopQrCode', 'QrCodeInput'),
  restart: qrCodeMutation('restartQrCode', 'QrCodeInput'),
  delete: qrCodeMutation('deleteQrCode', 'QrCodeInput'),
};

function tradeOf(shop: Shop, number: number): Trade | undefined {
  return itemOf(shop.trades, number);
}

/** A payment of which a refund was last heard to be open. */
function openOf(shop: Shop): Trade | undefined {
  return shop.history.findLast(({ answer }) => answer?.refund?.status === 'PENDING')?.trade;
}

function itemOf<Item>(items: readonly Item[], number: number): Item | undefined {
  return items[number % (items.length || 1)];
}

export async function quietly(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
