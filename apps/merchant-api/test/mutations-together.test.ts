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

describe('what cannot be shown is refused before anything is done, by the first of them, too', () => {
  test.each([
    ['a page of none', 'id', 0],
    ['an event from nowhere', 'timeline(after: "there") { nodes { id } }'],
    ['more than a page', 'store { qrCodes(first: 101) { nodes { id } } }'],
    ['a page from both ends', 'store { qrCodes(first: 1, last: 1) { nodes { id } } }'],
    ['a list from nowhere', '... { store { transactions(before: "there") { nodes { id } } } }'],
    ['a picture of a pixel', 'qrCode { image(size: 1) }'],
  ])('%s', async (_what, selection, size = 1) => {
    const paid = await pay(stack, counter);

    const answer = await stack.client.ask(
      `mutation ($one: RefundTransactionInput!, $two: RefundTransactionInput!, $size: Int!) {
        one: refundTransaction(input: $one) { refund { id } }
        two: refundTransaction(input: $two) { ...shown }
      }
      fragment shown on RefundPayload {
        transaction { again: timeline(first: $size) { nodes { id } } ${selection} }
      }`,
      { size, one: refundOf(paid.id, '1.00'), two: refundOf(paid.id, '2.50') },
    );

    expect(answer.errors?.map(({ extensions: { code } }) => code)).toEqual([
      ...['BAD_USER_INPUT', 'BAD_USER_INPUT'],
    ]);
    expect(
      await stack.client.get('query ($id: ID!) { transaction(id: $id) { refunds { id } } }', {
        id: paid.id,
      }),
    ).toEqual({ transaction: { refunds: [] } });
  });

  test('and what can be shown is shown', async () => {
    const paid = await pay(stack, counter);

    const done = await stack.client.get(
      `mutation ($one: RefundTransactionInput!) {
        refundTransaction(input: $one) {
          __typename
          transaction { timeline(first: 100) { nodes { __typename } } qrCode { image(size: 64) } }
        }
      }`,
      { one: refundOf(paid.id, '1.00') },
    );

    expect(done).toMatchObject({
      refundTransaction: {
        transaction: { qrCode: { image: expect.stringMatching(/^data:image/) as string } },
      },
    });
  });
});

function refundOf(transactionId: string, amount: string): Record<string, unknown> {
  return { transactionId, amount: { amount, currency: 'HKD' }, idempotencyKey: amount };
}

function amountOf(amount: string): Record<string, unknown> {
  return { amount: { amount } };
}
