import type { Counter } from './merchant';
import type { TransactionShape } from './shapes';
import type { World } from './world';

/** Some payments at one counter, each known to the API together with its wallet. */
export async function takePayments(
  { gateway, merchant }: World,
  { qrCode }: Counter,
  amounts: readonly string[],
): Promise<TransactionShape[]> {
  const trades = [];
  for (const amount of amounts) trades.push(await gateway.pay({ qrcode: qrCode.code, amount }));
  return Promise.all(
    trades.map((trade) =>
      merchant.transactionOf(
        trade,
        ({ paymentInstitution }) => paymentInstitution !== 'UNKNOWN',
      ),
    ),
  );
}

/** One payment at a new counter. */
export async function takePayment(
  world: World,
  amount = '20.00',
): Promise<TransactionShape> {
  const [payment] = await takePayments(world, await world.merchant.openCounter(), [amount]);
  if (payment === undefined) throw new Error('no payment was taken');
  return payment;
}
