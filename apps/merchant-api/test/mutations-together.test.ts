import { type Counter, openCounter, pay } from './support/shop';
import { type Stack, startStack } from './support/stack';

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
}, 60_000);
afterAll(() => stack.close());

describe('of several mutations in one document each shows what it has done', () => {
  test('a second refund stands beside the first', async () => {
    const paid = await pay(stack, counter);

    const done = await stack.client.get(
      `mutation ($one: RefundTransactionInput!, $two: RefundTransactionInput!) {
        one: refundTransaction(input: $one) { ...money }
        two: refundTransaction(input: $two) { ...money }
      }
      fragment money on RefundPayload {
        transaction { refundedAmount { amount } refunds { amount { amount } } }
        refund { transaction { refundedAmount { amount } } }
      }`,
      {
        one: refundOf(paid.id, '1.00'),
        two: refundOf(paid.id, '2.50'),
      },
    );

    expect(done).toEqual({
      one: {
        transaction: { refundedAmount: { amount: '1.00' }, refunds: [amountOf('1.00')] },
        refund: { transaction: { refundedAmount: { amount: '1.00' } } },
      },
      two: {
        transaction: {
          refundedAmount: { amount: '3.50' },
          refunds: [amountOf('1.00'), amountOf('2.50')],
        },
        refund: { transaction: { refundedAmount: { amount: '3.50' } } },
      },
    });
  });

  test('a second name is read where the first one stood', async () => {
    const done = await stack.client.get(
      `mutation ($one: ModifyQrCodeInput!, $two: ModifyQrCodeInput!) {
        one: modifyQrCode(input: $one) { ...names }
        two: modifyQrCode(input: $two) { ...names }
      }
      fragment names on QrCodePayload { qrCode { store { name merchant { name } } } }`,
      {
        one: { qrCodeId: counter.qrCodeId, storeName: 'West', merchantName: 'Tea Shop' },
        two: { qrCodeId: counter.qrCodeId, storeName: 'East', merchantName: 'Noodle Shop' },
      },
    );

    expect(done).toEqual({
      one: { qrCode: { store: { name: 'West', merchant: { name: 'Tea Shop' } } } },
      two: { qrCode: { store: { name: 'East', merchant: { name: 'Noodle Shop' } } } },
    });
  });
});

function refundOf(transactionId: string, amount: string): Record<string, unknown> {
  return { transactionId, amount: { amount, currency: 'HKD' }, idempotencyKey: amount };
}

function amountOf(amount: string): Record<string, unknown> {
  return { amount: { amount } };
}
