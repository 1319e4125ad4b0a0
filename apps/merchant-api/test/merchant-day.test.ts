import { type Counter, openCounter, pay } from './support/shop';
import { type Stack, startStack } from './support/stack';

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
}, 60_000);
afterAll(() => stack.close());

test('a payment is heard of live, listed with totals, refunded and told of in its timeline', async () => {
  const live = await stack.client.subscribe(
    `subscription ($storeId: ID) { paymentReceived(storeId: $storeId) { cursor type amount { amount currency } transaction { alipayTransId status store { id } } } }`,
    { storeId: counter.storeId },
  );

  const paid = await pay(stack, counter);

  expect(await live.first(1)).toMatchObject([
    {
      type: 'PAYMENT_RECEIVED',
      amount: { amount: '10.00', currency: 'HKD' },
      transaction: {
        alipayTransId: paid.alipayTransId,
        status: 'PAID',
        store: { id: counter.storeId },
      },
    },
  ]);
  const refund = await stack.client.get(
    `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { replayed refund { status amount { amount } transaction { id } } transaction { status refundableAmount { amount } } userErrors { code } } }`,
    {
      input: {
        transactionId: paid.id,
        amount: { amount: '3.5', currency: 'HKD' },
        idempotencyKey: 'first',
      },
    },
  );
  expect(refund).toEqual({
    refundTransaction: {
      replayed: false,
      refund: { status: 'SUCCEEDED', amount: { amount: '3.50' }, transaction: { id: paid.id } },
      transaction: { status: 'PARTIALLY_REFUNDED', refundableAmount: { amount: '6.50' } },
      userErrors: [],
    },
  });
  const listed = await stack.client.get(
    `query ($storeId: ID) { store(id: $storeId) { merchant { name } qrCodes { totalCount nodes { label } } transactions { totals { currency count gross refunded net } nodes { id refunds { status } timeline { nodes { type actor } } } } } }`,
    { storeId: counter.storeId },
  );
  expect(listed).toEqual({
    store: {
      merchant: { name: '米加咖啡' },
      qrCodes: { totalCount: 1, nodes: [{ label: 'Counter 1' }] },
      transactions: {
        totals: [{ currency: 'HKD', count: 1, gross: '10.00', refunded: '3.50', net: '6.50' }],
        nodes: [
          {
            id: paid.id,
            refunds: [{ status: 'SUCCEEDED' }],
            timeline: {
              nodes: [
                { type: 'PAYMENT_RECEIVED', actor: 'alipay' },
                { type: 'REFUND_REQUESTED', actor: 'demo' },
                { type: 'REFUND_SUCCEEDED', actor: 'demo' },
              ],
            },
          },
        ],
      },
    },
  });
  expect(stack.log.errors()).toEqual([]);
});
