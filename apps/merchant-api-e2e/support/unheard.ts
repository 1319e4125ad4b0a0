import type { Counter } from './merchant';
import type { BookedTrade } from './simulator-control';
import { waitFor } from './wait-for';
import type { World } from './world';

/** A payment of which the API has heard nothing: every message about it is lost on its way. */
export async function payUnheard(
  { gateway }: World,
  { qrCode }: Counter,
  amount: string,
): Promise<BookedTrade & { readonly forms: readonly Readonly<Record<string, string>>[] }> {
  await gateway.fault('notification', 'drop');
  const { trade_no: tradeNo } = await gateway.pay({ qrcode: qrCode.code, amount });
  return lostMessages({ gateway }, tradeNo, 1);
}

/** A trade whose messages, that many, were written and lost. */
export function lostMessages(
  { gateway }: Pick<World, 'gateway'>,
  tradeNo: string,
  count: number,
): Promise<BookedTrade & { readonly forms: readonly Readonly<Record<string, string>>[] }> {
  return waitFor(`${count} lost messages`, async () => {
    const trade = await gateway.bookedTrade(tradeNo);
    const forms = trade.notifications
      .flatMap(({ sends }) => sends.slice(0, 1))
      .map(({ form }) => form);
    return forms.length === count && { ...trade, forms };
  });
}
