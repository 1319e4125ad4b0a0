import { type Chance, createChance } from '../support/chance';
import {
  ACQUIRE_CANCEL,
  LOST_ANSWERS,
  OVERSEAS_QUERY,
  REFUND_QUERY,
  SPOT_REFUND,
} from '../support/lost-answers';
import type { Counter } from '../support/merchant';
import type { TransactionShape } from '../support/shapes';
import type { BookedTrade } from '../support/simulator-control';
import { waitFor } from '../support/wait-for';
import { endWorlds, startWorld, type World } from '../support/world';

afterEach(endWorlds);

const MISHAPS = [...LOST_ANSWERS, 'refuse:TRADE_HAS_CLOSE', 'refuse-unsigned:ILLEGAL_SIGN', 'gbk'];
const LOSSES = ['drop', 'duplicate', 'delay:150', 'bad-signature'];
const CUSTOMERS = 24;

test('whatever goes wrong in whatever order, our books and the gateway’s agree in the end', async () => {
  const chance = createChance();
  const world = await startWorld();
  const counter = await world.merchant.openCounter();

  const days = Array.from({ length: CUSTOMERS }, () => liveThrough(world, counter, chance));
  await Promise.all(days);
  await world.gateway.endFaults();
  await waitFor(
    `nothing open any more (seed ${chance.seed})`,
    async () => !(await world.merchant.transactions()).some(isOpen),
    { withinMs: 40_000 },
  );

  // Read anew: an answer given while the last one settled may hold a payment from before it.
  const payments = await world.merchant.transactions();
  const trades = await world.gateway.books();
  const ours = payments.map(ourBooks).sort();
  expect({ seed: chance.seed, books: ours }).toEqual({
    seed: chance.seed,
    books: trades.map(theirBooks).sort(),
  });
  const doubled = await Promise.all(
    payments.map(async ({ id }) => {
      const types = (await world.merchant.timeline(id)).map(({ type }) => type);
      return ['PAYMENT_RECEIVED', 'CANCELLED'].some(
        (once) => types.filter((type) => type === once).length > 1,
      );
    }),
  );
  expect(doubled).toEqual(payments.map(() => false));
}, 90_000);

/** One customer's payment, and what the shop makes of it, with a mishap now and then. */
async function liveThrough(
  { gateway, merchant }: World,
  { qrCode }: Counter,
  { below, oneOf }: Chance,
): Promise<void> {
  if (below(3) === 0) await gateway.fault('notification', oneOf(LOSSES));
  const amount = `${10 + below(90)}.00`;
  const trade = await gateway.pay({ qrcode: qrCode.code, amount });
  const { id: transactionId } = await merchant.transactionOf(trade);

  for (let deed = below(4); deed > 0; deed -= 1) {
    if (below(2) === 0) {
      const service = oneOf([SPOT_REFUND, ACQUIRE_CANCEL, OVERSEAS_QUERY, REFUND_QUERY]);
      await gateway.fault(service, oneOf(MISHAPS));
    }
    switch (below(4)) {
      case 0:
        await merchant.cancel({ transactionId });
        break;
      case 1:
        await merchant.refund({ transactionId, idempotencyKey: oneOf(['a', 'b']) });
        break;
      case 2:
        await merchant.refund({
          transactionId,
          amount: { amount: `${1 + below(9)}.50`, currency: 'HKD' },
          idempotencyKey: oneOf(['a', 'b', 'c']),
        });
        break;
      default:
        await merchant.refresh({ transactionId });
    }
  }
}

function isOpen({ cancelPending, refunds }: TransactionShape): boolean {
  return cancelPending || refunds.some(({ status }) => status === 'PENDING');
}

function ourBooks({ alipayTransId, amount, status, refunds, refundedAmount }: TransactionShape) {
  const made = refunds.filter((refund) => refund.status === 'SUCCEEDED');
  return JSON.stringify({
    alipayTransId,
    amount: amount.amount,
    back: refundedAmount.amount,
    cancelled: status === 'CANCELLED',
    refunds: made.map((refund) => [refund.partnerRefundId, refund.amount.amount]).sort(),
    status,
  });
}

function theirBooks(trade: BookedTrade) {
  const back = trade.cancelled ? trade.amount : trade.refunded;
  return JSON.stringify({
    alipayTransId: trade.trade_no,
    amount: trade.amount,
    back,
    cancelled: trade.cancelled,
    refunds: trade.refunds.map(({ partner_refund_id: id, amount }) => [id, amount]).sort(),
    status: statusOf(trade, back),
  });
}

function statusOf({ amount, cancelled }: BookedTrade, back: string): string {
  if (cancelled) return 'CANCELLED';
  if (back === amount) return 'REFUNDED';
  return back === '0.00' ? 'PAID' : 'PARTIALLY_REFUNDED';
}
