import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { newKeyPair } from '../support/keys';
import { takePayments } from '../support/payments';
import { readiness } from '../support/readiness';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

afterEach(endWorldsInAgreement);

const stranger = newKeyPair();

async function newStoreId({ merchant }: World): Promise<string> {
  const owner = await merchant.registerMerchant();
  return (await merchant.registerStore(owner.id)).id;
}

test.each([
  [
    'a signing key that Alipay does not have',
    'RSA2',
    { ALIPAY_PRIVATE_KEY: stranger.privateKey },
    'ILLEGAL_SIGN',
  ],
  [
    'an MD5 key that Alipay does not have',
    'MD5',
    { ALIPAY_MD5_KEY: 'f'.repeat(32) },
    'ILLEGAL_SIGN',
  ],
  [
    'a partner id that Alipay does not know',
    'RSA2',
    { ALIPAY_PARTNER_ID: '2088999999999999' },
    'ILLEGAL_PARTNER',
  ],
] as const)(
  'with %s the API starts, tells so, and passes on what Alipay says',
  async (_what, signType, env, alipayCode) => {
    const world = await startWorld({ signType, env });

    const ready = await waitFor('the trouble to be told', async () => {
      const seen = await readiness(world.apiUrl);
      return seen.alipay.status === 'MISCONFIGURED' && seen;
    });
    const { qrCode, userErrors } = await world.merchant.createQrCode({
      storeId: await newStoreId(world),
    });

    expect(ready).toMatchObject({ httpStatus: 200, status: 'ready', alipay: { alipayCode } });
    expect(ready.alipay.advice).toMatch(/check ALIPAY_/);
    expect(qrCode).toMatchObject({ status: 'REJECTED', rejectionCode: alipayCode, code: null });
    expect(userErrors).toMatchObject([{ code: 'ALIPAY_REJECTED', alipayCode }]);
    expect(userErrors[0]?.message).toMatch(/^Alipay refused .+\.$/);
  },
);

test('answers that do not verify leave a code open, until the right key is there', async () => {
  const world = await startWorld({ env: { ALIPAY_PUBLIC_KEY: stranger.publicKey } });
  const { merchant } = world;
  const { qrCode, userErrors } = await merchant.createQrCode({ storeId: await newStoreId(world) });
  expect([qrCode?.status, userErrors]).toEqual(['PENDING', []]);
  await waitFor('the trouble to be told', async () => {
    const { alipay } = await readiness(world.apiUrl);
    return alipay.status === 'MISCONFIGURED' && alipay.alipayCode === 'ALIPAY_SIGNATURE_MISMATCH';
  });

  await world.stopApi();
  await world.startApi({});

  await waitFor('an active code', async () => {
    const code = await merchant.qrCode(qrCode?.id ?? '');
    return code.status === 'ACTIVE';
  });
});

test('while the gateway is away deeds stay open, and are done once when it is back (decision 4)', async () => {
  const world = await startWorld({ books: 'on disk' });
  const { merchant, gateway } = world;
  const counter = await merchant.openCounter();
  const payments = await takePayments(world, counter, ['30.00', '40.00', '50.00']);
  const [refundable, cancellable, idle] = payments.map(({ id }) => id);
  const store = await merchant.registerStore(counter.merchant.id);

  await world.stopGateway();
  const created = await merchant.createQrCode({ storeId: store.id });
  const stopped = await merchant.stopQrCode({ qrCodeId: counter.qrCode.id });
  const refunded = await merchant.refund({ transactionId: refundable, idempotencyKey: 'away' });
  const cancelled = await merchant.cancel({ transactionId: cancellable });
  const refreshed = await merchant.refresh({ transactionId: idle });
  const again = await merchant.refund({ transactionId: refundable, idempotencyKey: 'away' });

  expect(created).toMatchObject({ qrCode: { status: 'PENDING', code: null }, userErrors: [] });
  expect(stopped).toMatchObject({ qrCode: { status: 'ACTIVE', changePending: true } });
  expect(refunded).toMatchObject({ refund: { status: 'PENDING' }, userErrors: [] });
  expect(again).toMatchObject({ refund: { id: refunded.refund?.id }, replayed: true });
  expect(cancelled).toMatchObject({ transaction: { status: 'PAID', cancelPending: true } });
  expect(refreshed).toMatchObject({ userErrors: [{ code: 'ALIPAY_UNAVAILABLE' }] });

  await world.startGateway();
  await waitFor('everything settled', async () => {
    const codes = await merchant.qrCodes();
    const now = await merchant.transactions();
    return (
      codes.every(({ status, changePending }) => status !== 'PENDING' && !changePending) &&
      now.every(
        ({ cancelPending, refunds }) =>
          !cancelPending && refunds.every(({ status }) => status !== 'PENDING'),
      )
    );
  });

  const ends = await merchant.transactions();
  expect(Object.fromEntries(ends.map(({ id, status }) => [id, status]))).toEqual({
    [refundable ?? '']: 'REFUNDED',
    [cancellable ?? '']: 'CANCELLED',
    [idle ?? '']: 'PAID',
  });
  expect((await merchant.qrCodes()).map(({ status }) => status).sort()).toEqual([
    'ACTIVE',
    'STOPPED',
  ]);
  const books = await gateway.books();
  expect(
    books.map(({ amount, cancelled: back, refunds }) => [amount, back, refunds.length]),
  ).toEqual([
    ['30.00', false, 1],
    ['40.00', true, 0],
    ['50.00', false, 0],
  ]);
});
