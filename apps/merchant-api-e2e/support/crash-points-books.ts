import type { CrashSite } from './crash-points-site';

/** What a payment has to be in the end, in both books. */
export interface PaymentEnd {
  readonly refunds: readonly string[];
  readonly isCancelled: boolean;
}

/** Where our books, the gateway's and the events of a payment are not what they have to be. */
export async function findingsAboutPayment(
  { world, rows }: CrashSite,
  tradeNo: string,
  end: PaymentEnd,
): Promise<string[]> {
  const { merchant, gateway } = world;
  const theirs = await gateway.bookedTrade(tradeNo);
  const ours = await merchant.transactionBy({ alipayTransId: tradeNo });
  if (ours === null) return [`${tradeNo} is not in our books`];
  const events = (await merchant.timeline(ours.id)).map(({ type }) => type);
  const kept = await rows<{ notify_id: string; status: string }>(
    'select notify_id, status from notifications where trade_no = $1',
    [tradeNo],
  );

  const back = end.isCancelled ? ours.amount.amount : (end.refunds[0] ?? '0.00');
  const status = end.isCancelled
    ? 'CANCELLED'
    : end.refunds.length > 0
      ? 'PARTIALLY_REFUNDED'
      : 'PAID';
  return differences(tradeNo, {
    'at the gateway': [
      { cancelled: theirs.cancelled, refunds: theirs.refunds.map(({ amount }) => amount) },
      { cancelled: end.isCancelled, refunds: end.refunds },
    ],
    'refund ids': [
      ours.refunds.map(({ partnerRefundId: id, status: its }) => [id, its]),
      theirs.refunds.map(({ partner_refund_id: id }) => [id, 'SUCCEEDED']),
    ],
    sums: [
      {
        amount: ours.amount.amount,
        refunded: ours.refundedAmount.amount,
        status: ours.status,
        cancelPending: ours.cancelPending,
      },
      {
        amount: theirs.amount,
        refunded: end.isCancelled ? ours.refundedAmount.amount : back,
        status,
        cancelPending: false,
      },
    ],
    events: [
      [...events].sort(),
      [
        'PAYMENT_RECEIVED',
        ...end.refunds.flatMap(() => ['REFUND_REQUESTED', 'REFUND_SUCCEEDED']),
        ...(end.isCancelled ? ['CANCEL_REQUESTED', 'CANCELLED'] : []),
      ].sort(),
    ],
    messages: [
      kept.map(({ notify_id: id, status: its }) => `${id} ${its}`).sort(),
      theirs.notifications
        .filter(({ sends }) => sends.some(({ answer }) => answer === 'success'))
        .map(({ notify_id: id }) => `${id} APPLIED`)
        .sort(),
    ],
  });
}

/** Where our books and the gateway's about the one code of a store are not what they have to be. */
export async function findingsAboutCode(
  { world, rows }: CrashSite,
  alipayStoreId: string,
  end: { readonly status: string; readonly name: string },
): Promise<string[]> {
  const ours = await rows<{ code: string; status: string; name: string }>(
    `select c.code, c.status, s.name from qr_codes c join stores s on s.id = c.store_id
     where s.alipay_store_id = $1`,
    [alipayStoreId],
  );
  const theirs = (await world.gateway.codes())
    .filter(({ store_id: id }) => id === alipayStoreId)
    .map(({ qrcode, status, store_name: name }) => ({ code: qrcode, status, name }));
  return differences(alipayStoreId, {
    'codes in both books': [ours, theirs],
    'the code': [
      ours.map(({ status, name }) => ({ status, name })),
      [{ status: end.status, name: end.name }],
    ],
  });
}

function differences(
  what: string,
  pairs: Readonly<Record<string, readonly [is: unknown, must: unknown]>>,
): string[] {
  return Object.entries(pairs).flatMap(([name, pair]) => {
    const [is, must] = pair.map((side) => JSON.stringify(side));
    return is === must ? [] : [`${what}, ${name}: ${String(is)} and not ${String(must)}`];
  });
}
