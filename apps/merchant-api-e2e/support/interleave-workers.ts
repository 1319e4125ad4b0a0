import {
  createQrCode,
  type Domain,
  processNotifications,
  settlePendingCancels,
  settlePendingQrCodes,
  settlePendingRefunds,
} from '@countersign/merchant-domain';

import type { Run } from './interleave';
import type { Crossing } from './interleave-crossing';
import { differences } from './interleave-books';
import { takeIn } from './interleave-letters';
import {
  cancel,
  claim,
  codeCommand,
  openStore,
  pay,
  payAndHear,
  refund,
} from './interleave-payments';
import type { Site } from './interleave-site';
import { ACQUIRE_CANCEL, QRCODE_CREATE, SPOT_REFUND } from './lost-answers';

type Deed = (domain: Domain) => Promise<unknown>;

/** Workers that meet each other, and the late answers of calls that they take for lost. */
export const workers = {
  'two workers at one pending refund': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(SPOT_REFUND, 'reset-after-effect');
    await refund(payment, '6.00', 'k')(site.domain);
    return {
      deeds: { a: later(site, refunds), b: later(site, refunds) },
      trades: [payment.trade_no],
      findings: (run) => findingsInRepeats(run, SPOT_REFUND),
    };
  },
  'two workers at one pending refund that Alipay has not made': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(SPOT_REFUND, 'reset');
    await refund(payment, '6.00', 'k')(site.domain);
    return {
      deeds: { a: later(site, refunds), b: later(site, refunds) },
      trades: [payment.trade_no],
      findings: (run) => findingsInRepeats(run, SPOT_REFUND),
    };
  },
  'two workers at one pending cancel': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(ACQUIRE_CANCEL, 'reset-after-effect');
    await cancel(payment)(site.domain);
    return {
      deeds: { a: later(site, cancels), b: later(site, cancels) },
      trades: [payment.trade_no],
      findings: (run) => findingsInRepeats(run, ACQUIRE_CANCEL),
    };
  },
  'two workers at one pending cancel while its payment is claimed': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(ACQUIRE_CANCEL, 'reset-after-effect');
    await cancel(payment)(site.domain);
    return {
      deeds: { a: later(site, cancels), b: later(site, cancels), c: claim(payment, 'sale 1') },
      trades: [payment.trade_no],
      told: [['DONE', 'DONE', 'NOT_ALLOWED_IN_STATE']],
      findings: (run) => findingsInRepeats(run, ACQUIRE_CANCEL, [0, 1]),
    };
  },
  'two workers at one pending code': async (site) => {
    const storeId = await openStore(site);
    await site.gateway.fault(QRCODE_CREATE, 'reset-after-effect');
    await createQrCode(site.domain, codeCommand(storeId));
    return {
      deeds: { a: later(site, codes), b: later(site, codes) },
      trades: [],
      findings: async (run) => [
        ...findingsInRepeats(run, QRCODE_CREATE),
        ...(await findingsInCodes(site, storeId)),
      ],
    };
  },
  'two inbox workers at one batch': async (site) => {
    const trades = [await pay(site), await pay(site), await pay(site)];
    const letters = await Promise.all(
      trades.map(({ trade_no: tradeNo }) => site.letterbox.awaited(tradeNo, 'TRADE_SUCCESS')),
    );
    await takeIn(site.domain, letters);
    return { deeds: { a: inbox(2), b: inbox(3) }, trades: trades.map((trade) => trade.trade_no) };
  },
  'two inbox workers at two messages of one new trade': async (site) => {
    const trade = await pay(site);
    const first = await site.letterbox.awaited(trade.trade_no, 'TRADE_SUCCESS');
    await site.gateway.call(`POST /trades/${trade.trade_no}/finish`);
    const second = await site.letterbox.awaited(trade.trade_no, 'TRADE_FINISHED');
    await takeIn(site.domain, [first, second]);
    return { deeds: { a: inbox(1), b: inbox(1) }, trades: [trade.trade_no] };
  },
  'the late answer to a refund and that to its repeat': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: refund(payment, '10.00', 'k'), b: later(site, refunds) },
      trades: [payment.trade_no],
      // A first call that is held up for longer than its lease does not leave.
      told: ['SUCCEEDED', 'PENDING'].map((status) => [status, 'DONE']),
    };
  },
  'a refund without an answer and its repeat': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(SPOT_REFUND, 'reset-after-effect');
    return {
      deeds: { a: refund(payment, '10.00', 'k'), b: later(site, refunds) },
      trades: [payment.trade_no],
      told: ['PENDING', 'SUCCEEDED'].map((status) => [status, 'DONE']),
    };
  },
  'the late answer to a cancel and that to its repeat': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: cancel(payment), b: later(site, cancels) },
      trades: [payment.trade_no],
      told: ['CANCELLED', 'CANCEL_PENDING'].map((end) => [end, 'DONE']),
    };
  },
  'the late answer to a create and that to its repeat': async (site) => {
    const storeId = await openStore(site);
    return {
      deeds: {
        a: (domain) => createQrCode(domain, codeCommand(storeId)),
        b: later(site, codes),
      },
      trades: [],
      told: ['ACTIVE', 'PENDING'].map((status) => [status, 'DONE']),
      findings: () => findingsInCodes(site, storeId),
    };
  },
} satisfies Readonly<Record<string, Crossing>>;

export const refunds: Deed = async (domain) => {
  await settlePendingRefunds(domain, { limit: 10 });
};
const cancels: Deed = async (domain) => {
  await settlePendingCancels(domain, { limit: 10 });
};
const codes: Deed = async (domain) => {
  await settlePendingQrCodes(domain, { limit: 10 });
};

function inbox(limit: number): Deed {
  return async (domain) => {
    await processNotifications(domain, { limit });
  };
}

/** When a call that may be under way is no longer waited for: from now on by everyone's clock. */
export function later(site: Site, deed: Deed): Deed {
  return (domain) => {
    site.endLeases();
    return deed(domain);
  };
}

/** Of two workers one alone repeats a deed. */
function findingsInRepeats({ turns }: Run, service: string, allowed = [1]): string[] {
  const calls = turns.filter(({ step }) => step === `call ${service}`).length;
  return allowed.includes(calls) ? [] : [`${calls} repeats`];
}

/** One code is at Alipay, and it is the one on record. */
export async function findingsInCodes(site: Site, storeId: string): Promise<string[]> {
  const ours = await site.rows<{ code: string; store: string }>(
    `select c.code, s.alipay_store_id as store from qr_codes c join stores s on s.id = c.store_id
     where s.id = $1 and c.status = 'ACTIVE' order by c.code`,
    [storeId],
  );
  const theirs = (await site.gateway.codes())
    .filter(({ store_id: store }) => store === ours[0]?.store)
    .map(({ qrcode: code, store_id: store }) => ({ code, store }));
  return differences({
    'codes of the store': [ours, theirs.sort((a, b) => (a.code < b.code ? -1 : 1))],
    'a code': [ours.length > 0, true],
  });
}
