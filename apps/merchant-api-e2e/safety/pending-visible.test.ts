import type { Operation } from '../support/graphql-client';
import {
  ACQUIRE_CANCEL,
  OVERSEAS_QUERY,
  QRCODE_MODIFY_STATUS,
  REFUND_QUERY,
  SPOT_REFUND,
} from '../support/lost-answers';
import { takePayment } from '../support/payments';
import type { RefundShape } from '../support/shapes';
import { waitFor } from '../support/wait-for';
import { endWorlds, startWorld, type World } from '../support/world';

afterEach(endWorlds);

const MANY = 1_000;
/** How late the worker may look on a busy machine. */
const LATE_MS = 10_000;

const CALLS: Operation<{
  gatewayCalls: { readonly nodes: readonly { readonly startedAt: string }[] };
}> = {
  text: `query ($service: String) {
    gatewayCalls(first: 100, service: $service) { nodes { startedAt } } }`,
};

async function callsOf({ graphql }: World, service: string): Promise<number[]> {
  const { gatewayCalls } = await graphql(CALLS, { service });
  return gatewayCalls.nodes.map(({ startedAt }) => Date.parse(startedAt)).reverse();
}

test('a pending refund tells how often Alipay was asked and when it is asked next, and keeps to it', async () => {
  const world = await startWorld({ worker: 'apart' });
  const { merchant, gateway } = world;
  await world.startWorker();
  const payment = await takePayment(world, '20.00');
  await gateway.fault(SPOT_REFUND, 'system-error', MANY);
  await gateway.fault(REFUND_QUERY, 'system-error', MANY);
  const shown = async (): Promise<RefundShape> => {
    const now = await merchant.transactionBy({ id: payment.id });
    const [refund] = now?.refunds ?? [];
    if (refund === undefined) throw new Error('the refund is not shown');
    return refund;
  };

  const input = { transactionId: payment.id, idempotencyKey: 'visible' };
  const { refund: opened, userErrors } = await merchant.refund(input);
  expect(userErrors).toEqual([]);
  expect(opened).toMatchObject({ status: 'PENDING', attempts: 1, settledAt: null });
  const openedAt = (await callsOf(world, SPOT_REFUND))[0] ?? NaN;
  const pause = Date.parse(opened?.nextCheckAt ?? '') - openedAt;
  expect(pause).toBeGreaterThan(0);
  expect(pause).toBeLessThanOrEqual(5_000);

  let told = opened;
  for (const attempts of [2, 3]) {
    const due = Date.parse(told?.nextCheckAt ?? '');
    told = await waitFor(`attempt ${attempts} and its answer`, async () => {
      const refund = await shown();
      const calls = await callsOf(world, SPOT_REFUND);
      const isAtRest =
        Date.parse(refund.nextCheckAt ?? '') - Date.now() < 2_000 * 2 ** (attempts - 1);
      return refund.attempts === attempts && calls.length === attempts && isAtRest && refund;
    });
    const calledAt = (await callsOf(world, SPOT_REFUND))[attempts - 1] ?? NaN;
    expect(calledAt).toBeGreaterThanOrEqual(due);
    expect(calledAt).toBeLessThan(due + LATE_MS);
    expect(told).toMatchObject({ status: 'PENDING', settledAt: null, failureCode: null });
    expect(Date.parse(told.nextCheckAt ?? '')).toBeGreaterThan(calledAt);
  }

  await gateway.endFaults();
  const settled = await waitFor('a settled refund', async () => {
    const refund = await shown();
    return refund.status === 'SUCCEEDED' && refund;
  });
  expect(settled).toMatchObject({ nextCheckAt: null, settledAt: expect.any(String) as unknown });
  expect(settled.attempts).toBe((await callsOf(world, SPOT_REFUND)).length);
});

test('a pending cancel and a pending change of a code are shown as long as they are, and no longer', async () => {
  const world = await startWorld({ worker: 'apart' });
  const { merchant, gateway } = world;
  await world.startWorker();
  const payment = await takePayment(world, '20.00');
  const codeId = payment.qrCode?.id ?? '';
  for (const service of [ACQUIRE_CANCEL, OVERSEAS_QUERY, QRCODE_MODIFY_STATUS]) {
    await gateway.fault(service, 'system-error', MANY);
  }

  const cancel = await merchant.cancel({ transactionId: payment.id });
  const stop = await merchant.stopQrCode({ qrCodeId: codeId });

  expect(cancel).toMatchObject({
    userErrors: [],
    transaction: { cancelPending: true, status: 'PAID' },
  });
  expect(cancel.transaction?.refundableAmount.amount).toBe('0.00');
  expect(stop).toMatchObject({ userErrors: [], qrCode: { changePending: true } });
  for (const service of [ACQUIRE_CANCEL, QRCODE_MODIFY_STATUS]) {
    await waitFor(
      `${service} asked again`,
      async () => (await callsOf(world, service)).length >= 2,
    );
  }
  expect(await merchant.transactionBy({ id: payment.id })).toMatchObject({ cancelPending: true });
  expect(await merchant.qrCode(codeId)).toMatchObject({ changePending: true });

  await gateway.endFaults();
  await waitFor('the end of both', async () => {
    const transaction = await merchant.transactionBy({ id: payment.id });
    const code = await merchant.qrCode(codeId);
    return transaction?.cancelPending === false && !code.changePending;
  });
  expect(await merchant.transactionBy({ id: payment.id })).toMatchObject({ status: 'CANCELLED' });
  expect(await merchant.qrCode(codeId)).toMatchObject({ status: 'STOPPED' });
});
