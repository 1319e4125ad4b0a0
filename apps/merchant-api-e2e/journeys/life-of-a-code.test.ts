import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { type Operation } from '../support/graphql-client';
import { takePayment } from '../support/payments';
import { startWorld } from '../support/world';

afterEach(endWorldsInAgreement);

const PICTURES: Operation<{ qrCode: Record<'svg' | 'png' | 'pdf', string> }> = {
  text: `query ($id: ID!) {
    qrCode(id: $id) { svg: image png: image(format: PNG, size: 64) pdf: image(format: PDF) }
  }`,
};

test('a stopped code takes no payment until it is restarted, a deleted one never again (decision 10)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode, store } = await merchant.openCounter();
  const qrCodeId = qrCode.id;
  const pay = async (): Promise<number> =>
    (await gateway.tryToPay({ qrcode: qrCode.code, amount: '5.00' })).httpStatus;

  expect(await merchant.stopQrCode({ qrCodeId })).toMatchObject({
    qrCode: { status: 'STOPPED', changePending: false },
    userErrors: [],
  });
  expect(await pay()).toBe(409);
  expect(await merchant.stopQrCode({ qrCodeId })).toMatchObject({
    qrCode: { status: 'STOPPED' },
    userErrors: [],
  });
  expect(await merchant.restartQrCode({ qrCodeId })).toMatchObject({
    qrCode: { status: 'ACTIVE' },
    userErrors: [],
  });
  expect(await pay()).toBe(201);
  expect(await merchant.deleteQrCode({ qrCodeId })).toMatchObject({
    qrCode: { status: 'DELETED' },
    userErrors: [],
  });
  expect(await pay()).toBe(409);
  for (const deed of [merchant.restartQrCode, merchant.stopQrCode]) {
    expect(await deed({ qrCodeId })).toMatchObject({
      qrCode: { status: 'DELETED' },
      userErrors: [{ code: 'NOT_ALLOWED_IN_STATE' }],
    });
  }
  const next = await merchant.createQrCode({ storeId: store.id });
  expect(next).toMatchObject({ qrCode: { status: 'ACTIVE' }, userErrors: [] });
  expect(next.qrCode?.code).not.toBe(qrCode.code);
});

test('a code is drawn for the web, for programs and as a sticker with its store’s name', async () => {
  const world = await startWorld();
  const { qrCode } = await world.merchant.openCounter();

  const { svg, png, pdf } = (await world.graphql(PICTURES, { id: qrCode.id })).qrCode;

  expect(svg).toMatch(/^data:image\/svg\+xml;base64,/);
  expect(png).toMatch(/^data:image\/png;base64,/);
  expect(pdf).toMatch(/^data:application\/pdf;base64,JVBERi/);
});

test('a store has one code with a fee and one without, and a repeat gives the one there is (decision 8)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode, store } = await merchant.openCounter({}, { label: 'plain' });
  const channelFee = { type: 'RATE', value: '0.01' };

  const again = await merchant.createQrCode({ storeId: store.id, label: 'another' });
  const rush = await Promise.all(
    Array.from({ length: 8 }, () => merchant.createQrCode({ storeId: store.id, channelFee })),
  );

  expect(again).toMatchObject({ qrCode: { id: qrCode.id, label: 'plain' }, userErrors: [] });
  expect(rush.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  expect(new Set(rush.map(({ qrCode: made }) => made?.id)).size).toBe(1);
  expect(rush[0]?.qrCode?.id).not.toBe(qrCode.id);
  expect(await gateway.codes()).toHaveLength(2);
});

test('a modification reaches Alipay whole: names, address and a changed fee (decision 9)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode, store } = await merchant.openCounter(
    {},
    { channelFee: { type: 'FIXED', value: '0.50' } },
  );

  const modified = await merchant.modifyQrCode({
    qrCodeId: qrCode.id,
    label: 'Counter 9',
    storeName: '翡翠冰室',
    merchantName: '翡翠餐飲',
    address: '北角英皇道 1 號',
    channelFee: { type: 'FIXED', value: '0.75' },
  });

  expect(modified).toMatchObject({
    qrCode: { label: 'Counter 9', channelFee: { type: 'FIXED' }, changePending: false },
    userErrors: [],
  });
  expect(Number(modified.qrCode?.channelFee?.value)).toBe(0.75);
  expect(await merchant.store(store.id)).toMatchObject({
    name: '翡翠冰室',
    address: '北角英皇道 1 號',
    merchant: { name: '翡翠餐飲' },
  });
  expect(await gateway.codes()).toMatchObject([
    { qrcode: qrCode.code, store_name: '翡翠冰室', secondary_merchant_name: '翡翠餐飲' },
  ]);
});

test('a code that is on the wall already is taken over, and its payments are heard from then on', async () => {
  const before = await startWorld();
  const { qrCode: printed, merchant: owner, store } = await before.merchant.openCounter();
  await takePayment(before);
  // A new database, as of a shop that changes its software; Alipay and its books stay.
  const world = await startWorld({ env: { ALIPAY_GATEWAY_URL: before.gatewayUrl } });
  const { merchant } = world;
  const merchantNow = await merchant.registerMerchant({ alipayMerchantId: owner.alipayMerchantId });
  const storeNow = await merchant.registerStore(merchantNow.id, {
    alipayStoreId: store.alipayStoreId,
  });

  const imported = await merchant.importQrCode({
    storeId: storeNow.id,
    code: printed.code,
    label: 'the old one',
  });

  expect(imported).toMatchObject({
    qrCode: { status: 'ACTIVE', code: printed.code, label: 'the old one' },
    userErrors: [],
  });
  const trade = await before.gateway.pay({ qrcode: printed.code, amount: '21.00' });
  expect(await merchant.transactionOf(trade)).toMatchObject({
    amount: { amount: '21.00' },
    store: { id: storeNow.id },
  });
  expect(await merchant.qrCode(imported.qrCode?.id ?? '')).toMatchObject({
    lastNotifiedAt: expect.any(String) as string,
  });
});

test('a code that Alipay does not know cannot be taken over', async () => {
  const world = await startWorld();
  const { merchant } = world;
  const owner = await merchant.registerMerchant();
  const store = await merchant.registerStore(owner.id);

  const imported = await merchant.importQrCode({
    storeId: store.id,
    code: 'https://qr.alipay.com/ocx00000example',
  });

  expect(imported).toMatchObject({
    qrCode: { status: 'REJECTED' },
    userErrors: [{ code: 'ALIPAY_REJECTED', alipayCode: 'INVALID_PARAMETER' }],
  });
});
