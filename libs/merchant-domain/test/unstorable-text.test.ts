import { createQrCode } from '../src/qr-code/create-qr-code';
import { refundTransaction } from '../src/refund/refund-transaction';
import { registerStore } from '../src/store/register-store';
import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { claimTransaction } from '../src/transaction/claim-transaction';
import { openCounter, receivePayment } from './support/payments';
import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

// A key with half a character would be kept as another key, and two such keys as one.
describe.each(['a\u0000b', 'half \ud800'])('%j', (text) => {
  test.each<[string, (transactionId: string) => Promise<unknown>]>([
    [
      'idempotencyKey',
      (transactionId) =>
        refundTransaction(world.domain, {
          caller: world.owner,
          transactionId,
          idempotencyKey: text,
        }),
    ],
    [
      'reason',
      (transactionId) =>
        cancelTransaction(world.domain, { caller: world.owner, transactionId, reason: text }),
    ],
    [
      'saleReference',
      (transactionId) =>
        claimTransaction(world.domain, { caller: world.owner, transactionId, saleReference: text }),
    ],
    [
      'label',
      async () => {
        const { store } = await openCounter(world);
        return createQrCode(world.domain, {
          caller: world.owner,
          storeId: store.id,
          label: text,
          transactionCurrency: 'HKD',
          settlementCurrency: 'HKD',
        });
      },
    ],
    [
      'shop',
      async () => {
        const { store } = await openCounter(world);
        return registerStore(world.domain, {
          ...{ caller: world.owner, merchantId: store.merchantId, alipayStoreId: 'S_2' },
          ...{ name: 'West', shop: text, countryCode: 'HK', address: '2 King Road' },
        });
      },
    ],
  ])('as %s is refused, and nothing leaves', async (field, ask) => {
    const { transaction } = await receivePayment(world);

    expect(await ask(transaction.id)).toMatchObject({ refusal: 'INVALID_INPUT', field: [field] });
    expect(world.gateway.requests).toEqual([]);
  });
});
