import type { Domain } from '@countersign/merchant-domain';

import type { Crossing, Scene } from './interleave-crossing';
import { differences } from './interleave-books';
import { hear, type Letter } from './interleave-letters';
import {
  cancel,
  openUnpaid,
  pay,
  payAndHear,
  recover,
  refresh,
  refund,
} from './interleave-payments';
import type { Site } from './interleave-site';

type Deed = (domain: Domain) => Promise<void>;

/** What Alipay tells in two ways, twice, or while people act. */
export const messages = {
  'a notification and a query about a new trade': async (site) => {
    const trade = await pay(site);
    const letter = await site.letterbox.awaited(trade.trade_no, 'TRADE_SUCCESS');
    return {
      deeds: { a: heard(letter), b: recover(trade) },
      trades: [trade.trade_no],
      told: [['DONE', 'PAID']],
      findings: () => endsAs(site, trade.trade_no, 'PAID'),
    };
  },
  'two queries about a new trade': async (site) => {
    const trade = await pay(site);
    return {
      deeds: { a: recover(trade), b: recover(trade) },
      trades: [trade.trade_no],
      told: [['PAID', 'PAID']],
      findings: () => endsAs(site, trade.trade_no, 'PAID'),
    };
  },
  'a notification and a query about an unpaid trade that was paid': async (site) => {
    const payment = await openUnpaid(site);
    await site.gateway.call(`POST /trades/${payment.trade_no}/pay`);
    const letter = await site.letterbox.awaited(payment.trade_no, 'TRADE_SUCCESS');
    return {
      deeds: { a: heard(letter), b: refresh(payment) },
      trades: [payment.trade_no],
      told: [['DONE', 'PAID']],
      findings: () => endsAs(site, payment.trade_no, 'PAID'),
    };
  },
  'two copies of a notification': async (site) => {
    const trade = await pay(site);
    const letter = await site.letterbox.awaited(trade.trade_no, 'TRADE_SUCCESS');
    return {
      deeds: { a: heard(letter), b: heard(letter) },
      trades: [trade.trade_no],
      findings: () => endsAs(site, trade.trade_no, 'PAID', 1),
    };
  },
  'a trade that was paid and finished, told by two notifications': async (site) => {
    const letters = await twoLetters(site, 'finish', 'TRADE_FINISHED');
    return { ...letters, findings: () => endsAs(site, letters.trades[0], 'FINISHED', 2) };
  },
  'a notification and a query about a trade that was never paid': async (site) => {
    const trade = await pay(site, { paid: false });
    await site.gateway.call(`POST /trades/${trade.trade_no}/close`);
    const letter = await site.letterbox.awaited(trade.trade_no, 'TRADE_CLOSED');
    return {
      deeds: { a: heard(letter), b: recover(trade) },
      trades: [trade.trade_no],
      told: [['DONE', 'CLOSED']],
      findings: () => endsAs(site, trade.trade_no, 'CLOSED', 1),
    };
  },
  'a trade that was paid and given back elsewhere, told by two notifications': async (site) => {
    const trade = await pay(site);
    const first = await site.letterbox.awaited(trade.trade_no, 'TRADE_SUCCESS');
    await site.domain.alipay.acquireCancel({
      outTradeNo: trade.out_trade_no,
      tradeNo: trade.trade_no,
    });
    const second = await site.letterbox.awaited(trade.trade_no, 'TRADE_CLOSED');
    return {
      deeds: { a: heard(first), b: heard(second) },
      trades: [trade.trade_no],
      findings: () => endsAs(site, trade.trade_no, 'CLOSED', 2),
    };
  },
  'a full refund and a query': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: refund(payment, '10.00', 'k'), b: refresh(payment) },
      trades: [payment.trade_no],
      told: [
        ['SUCCEEDED', 'PAID'],
        ['SUCCEEDED', 'REFUNDED'],
      ],
    };
  },
  'a cancel and a query': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: cancel(payment), b: refresh(payment) },
      trades: [payment.trade_no],
      told: [
        ['CANCELLED', 'PAID'],
        ['CANCELLED', 'CANCEL_PENDING'],
        ['CANCELLED', 'CANCELLED'],
      ],
    };
  },
  'a notification, a query and a full refund': async (site) => {
    const payment = await openUnpaid(site);
    await site.gateway.call(`POST /trades/${payment.trade_no}/pay`);
    const letter = await site.letterbox.awaited(payment.trade_no, 'TRADE_SUCCESS');
    const b = refresh(payment);
    return {
      deeds: { a: heard(letter), b, c: refund(payment, '10.00', 'k') },
      trades: [payment.trade_no],
      told: ['PAID', 'AWAITING_PAYMENT', 'REFUNDED'].flatMap((status) =>
        ['SUCCEEDED', 'NOT_ALLOWED_IN_STATE'].map((end) => ['DONE', status, end]),
      ),
    };
  },
} satisfies Readonly<Record<string, Crossing>>;

export function heard(letter: Letter): Deed {
  return (domain) => hear(domain, [letter]);
}

async function twoLetters(
  site: Site,
  deed: string,
  status: string,
): Promise<Scene & { trades: readonly [string] }> {
  const trade = await pay(site);
  const first = await site.letterbox.awaited(trade.trade_no, 'TRADE_SUCCESS');
  await site.gateway.call(`POST /trades/${trade.trade_no}/${deed}`);
  const second = await site.letterbox.awaited(trade.trade_no, status);
  return { deeds: { a: heard(first), b: heard(second) }, trades: [trade.trade_no] };
}

/** The state that any order of the messages has to end in, and how many of them are kept. */
async function endsAs(
  { rows }: Site,
  tradeNo: string,
  status: string,
  kept?: number,
): Promise<string[]> {
  const [trade] = await rows<{ status: string; kept: number }>(
    `select status, (select count(*)::int from notifications n where n.trade_no = alipay_trans_id) as kept
     from transactions where alipay_trans_id = $1`,
    [tradeNo],
  );
  return differences({
    'the end': [trade?.status, status],
    'messages kept': [kept === undefined ? kept : trade?.kept, kept],
  });
}
