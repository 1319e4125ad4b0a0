import { resolveRefund } from '@countersign/merchant-domain';

import type { Crossing } from './interleave-crossing';
import { payAndHear, refund } from './interleave-payments';
import { OWNER } from './interleave-site';
import { later, refunds } from './interleave-workers';
import { SPOT_REFUND } from './lost-answers';

/**
 * Calls that leave after our books have given their deed up: no lock is held between the commit
 * and the call, so that nothing but time stands between a process that was held up and the money.
 */
export const lateSends = {
  'a refund whose first call leaves after its repeat was refused': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(SPOT_REFUND, 'refuse:MERCHANT_BALANCE_NOT_ENOUGH');
    return {
      deeds: { a: refund(payment, '10.00', 'k'), b: later(site, refunds) },
      trades: [payment.trade_no],
    };
  },
  'a refund that a person gives up while a worker repeats it': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(SPOT_REFUND, 'reset');
    await refund(payment, '10.00', 'k')(site.domain);
    const [row] = await site.rows<{ id: string }>(
      'select id from refunds where transaction_id = $1',
      [payment.id],
    );
    return {
      deeds: {
        a: later(site, refunds),
        b: (domain) =>
          resolveRefund(domain, {
            caller: OWNER,
            refundId: row?.id ?? '',
            outcome: 'FAILED',
            note: 'Alipay’s pages show no such refund',
          }),
      },
      trades: [payment.trade_no],
    };
  },
} satisfies Readonly<Record<string, Crossing>>;
