import type { Counter } from './merchant';
import type { TransactionShape } from './shapes';
import type { PaidTrade } from './simulator-control';
import { waitFor } from './wait-for';
import type { World } from './world';

/** Some payments at one counter, in their order, each known to the API together with its wallet. */
export async function takePayments(
  { gateway, merchant }: World,
  { qrCode }: Counter,
  amounts: readonly string[],
): Promise<TransactionShape[]> {
  const trades: PaidTrade[] = [];
  for (const amount of amounts) trades.push(await gateway.pay({ qrcode: qrCode.code, amount }));
  return waitFor('all payments with their wallets', async () => {
    const known = await merchant.transactions({ filter: { qrCodeId: qrCode.id } });
    const payments = trades.flatMap(({ trade_no: tradeNo }) =>
      known.filter(
        ({ alipayTransId, paymentInstitution }) =>
          alipayTransId === tradeNo && paymentInstitution !== 'UNKNOWN',
      ),
    );
    return payments.length === trades.length && payments;
  });
}

/** One payment at a new counter. */
export async function takePayment(world: World, amount = '20.00'): Promise<TransactionShape> {
  const [payment] = await takePayments(world, await world.merchant.openCounter(), [amount]);
  if (payment === undefined) throw new Error('no payment was taken');
  return payment;
}
