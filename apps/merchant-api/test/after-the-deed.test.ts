import { type Counter, openCounter, pay } from './support/shop';
import { type Stack, startStack } from './support/stack';
import { askOver, TRANSPORTS } from './support/transports';

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
}, 60_000);
afterAll(() => stack.close());

/** Each is found out when the refund has been made. `$full` is null, where its default would do. */
const WRONG: readonly (readonly [what: string, asked: string])[] = [
  ['a cursor', 'transaction { timeline(after: "nonsense") { nodes { id } } }'],
  ['both ends of a list', 'transaction { store { qrCodes(first: 1, last: 1) { nodes { id } } } }'],
  [
    'an amount in a filter',
    'transaction { store { transactions(filter: { minAmount: "1e9" }) { nodes { id } } } }',
  ],
  ['the size of a picture', 'transaction { qrCode { image(size: 1) } }'],
  ['a condition', 'transaction { id @include(if: $full) }'],
  ['a condition for all of it', 'transaction @include(if: $full) { id }'],
];

describe.each(TRANSPORTS)('over %s', (transport) => {
  test.each(WRONG)(
    '%s that is wrong in the answer does not make a refund that was made a refused request',
    async (what, asked) => {
      const paid = await pay(stack, counter);

      const { errors } = await askOver(stack, transport, {
        query: `mutation ($input: RefundTransactionInput!${asked.includes('$full') ? ', $full: Boolean = true' : ''}) {
          refundTransaction(input: $input) { ${asked} }
        }`,
        variables: { input: { transactionId: paid.id, idempotencyKey: what }, full: null },
      });

      // The one word that a caller may not take for "nothing was done" (docs/frontend.md).
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR']);
      expect(await refundsOf(paid.id)).toEqual([{ status: 'SUCCEEDED' }]);
    },
  );
});

async function refundsOf(id: string): Promise<unknown> {
  const { node } = await stack.client.get(
    'query ($id: ID!) { node(id: $id) { ... on Transaction { refunds { status } } } }',
    { id },
  );
  return (node as { refunds: unknown }).refunds;
}
