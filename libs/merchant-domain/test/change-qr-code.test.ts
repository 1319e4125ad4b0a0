import { Forbidden } from '../src/access/access.rules';
import { createQrCode } from '../src/qr-code/create-qr-code';
import { deleteQrCode } from '../src/qr-code/delete-qr-code';
import { notificationTokenFor } from '../src/inbox/notification-token';
import { type ModifyQrCode, modifyQrCode } from '../src/qr-code/modify-qr-code';
import { restartQrCode } from '../src/qr-code/restart-qr-code';
import { stopQrCode } from '../src/qr-code/stop-qr-code';
import { type QrCode, type QrCodeStatus } from '../src/qr-code/qr-code.entity';
import { Merchant } from '../src/merchant/merchant.entity';
import { Store } from '../src/store/store.entity';
import {
  agrees,
  bizDataOf,
  codeOf,
  createCommand,
  MODIFY,
  MODIFY_STATUS,
  reload,
} from './support/codes';
import { cut, held, refusal } from './support/gateway';
import { aMerchant, aQrCode, aStore } from './support/records';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => {
  world.gateway.forget();
});
afterAll(() => world.close());

const DEEDS = { STOP: stopQrCode, RESTART: restartQrCode, DELETE: deleteQrCode } as const;
type Deed = keyof typeof DEEDS;

function change(deed: Deed, { id }: QrCode, caller = world.owner): ReturnType<typeof stopQrCode> {
  return DEEDS[deed](world.domain, { caller, qrCodeId: id });
}

function modify(qrCode: QrCode, own: Partial<ModifyQrCode>): ReturnType<typeof modifyQrCode> {
  return modifyQrCode(world.domain, { caller: world.owner, qrCodeId: qrCode.id, ...own });
}

function aCode(status: QrCodeStatus, own: Partial<QrCode> = {}): Promise<QrCode> {
  const isPending = status === 'PENDING';
  return aQrCode(world, {
    status,
    ...(isPending
      ? { code: null, pendingChange: 'CREATE', nextCheckAt: new Date('2027-01-01T00:00:00Z') }
      : {}),
    ...own,
  });
}

describe.each(['STOP', 'RESTART', 'DELETE'] as const)('%s', (deed) => {
  test('is forbidden to a CASHIER', async () => {
    const qrCode = await aCode('ACTIVE');

    await expect(change(deed, qrCode, callerOf('CASHIER'))).rejects.toThrow(Forbidden);
  });

  test('knows no code outside of the manager’s stores', async () => {
    const qrCode = await aCode('ACTIVE');
    const caller = callerOf('MANAGER', { storeIds: [(await aStore(world)).id] });

    expect(await change(deed, qrCode, caller)).toMatchObject({
      refusal: 'NOT_FOUND',
      field: ['qrCodeId'],
    });
  });

  test.each(['PENDING', 'REJECTED'] as const)('does nothing to a %s code', async (status) => {
    const qrCode = await aCode(status);

    const result = await change(deed, qrCode);

    expect(result).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE', qrCode: { status } });
    expect(world.gateway.requests).toEqual([]);
  });

  test('leaves the code as it was when Alipay refuses', async () => {
    const before = deed === 'RESTART' ? 'STOPPED' : 'ACTIVE';
    const qrCode = await aCode(before);
    world.gateway.next(refusal('ILLEGAL_ARGUMENT'));

    const result = await change(deed, qrCode);

    expect(result).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      alipayCode: 'ILLEGAL_ARGUMENT',
      qrCode: { status: before, pendingChange: null, nextCheckAt: null },
    });
  });

  test('shows as pending when no answer comes, and again without a call', async () => {
    const before = deed === 'RESTART' ? 'STOPPED' : 'ACTIVE';
    const qrCode = await aCode(before);
    world.gateway.next(cut);

    const first = await change(deed, qrCode);
    const again = await change(deed, qrCode);

    expect(first).toEqual({
      qrCode: expect.objectContaining({ status: before, pendingChange: deed }) as QrCode,
    });
    expect(again).toEqual({ qrCode: await reload(world, qrCode) });
    expect(world.gateway.requests).toHaveLength(1);
  });
});

describe('a change of status', () => {
  test.each([
    ['STOP', 'ACTIVE', 'STOPPED'],
    ['RESTART', 'STOPPED', 'ACTIVE'],
    ['DELETE', 'ACTIVE', 'DELETED'],
    ['DELETE', 'STOPPED', 'DELETED'],
  ] as const)('%s makes an %s code %s', async (deed, before, after) => {
    const qrCode = await aCode(before);
    world.gateway.next(agrees);

    const result = await change(deed, qrCode);

    expect(result).toEqual({
      qrCode: expect.objectContaining({ status: after, pendingChange: null }) as QrCode,
    });
    expect(world.gateway.requestsTo(MODIFY_STATUS)).toMatchObject([
      { qrcode: qrCode.code, status: deed },
    ]);
    expect(await reload(world, qrCode)).toEqual(codeOf(result));
  });

  test.each([
    ['STOP', 'STOPPED'],
    ['RESTART', 'ACTIVE'],
    ['DELETE', 'DELETED'],
  ] as const)('%s of a %s code is a success without a call', async (deed, status) => {
    const qrCode = await aCode(status);

    const result = await change(deed, qrCode);

    expect(result).toEqual({ qrCode });
    expect(world.gateway.requests).toEqual([]);
  });

  test.each(['STOP', 'RESTART'] as const)('%s of a deleted code is refused', async (deed) => {
    const qrCode = await aCode('DELETED');

    expect(await change(deed, qrCode)).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE', qrCode });
  });

  test('is refused while another is pending, which is named with its time', async () => {
    const qrCode = await aCode('ACTIVE');
    world.gateway.next(cut);
    const { nextCheckAt } = codeOf(await change('STOP', qrCode));

    const result = await change('DELETE', qrCode);

    expect(result).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
    expect('message' in result && result.message).toMatch(/stop/);
    expect('message' in result && result.message).toContain(nextCheckAt?.toISOString());
  });

  test('is sent once when two ask at once', async () => {
    const qrCode = await aCode('ACTIVE');
    const call = held();
    world.gateway.next(call.answer);

    const both = [change('STOP', qrCode), change('STOP', qrCode)];
    const request = await call.arrived;
    call.release(agrees(request));
    const results = await Promise.all(both);

    expect(results.map((result) => codeOf(result).id)).toEqual([qrCode.id, qrCode.id]);
    expect(world.gateway.requests).toHaveLength(1);
    expect((await reload(world, qrCode)).status).toBe('STOPPED');
  });
});

describe('a modification is refused', () => {
  test.each(['PENDING', 'REJECTED', 'DELETED'] as const)('for a %s code', async (status) => {
    const qrCode = await aCode(status);

    const result = await modify(qrCode, { label: 'Counter 3' });

    expect(result).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE', qrCode: { label: null } });
  });

  test('for a fee on a code that was made without one', async () => {
    const qrCode = await aCode('ACTIVE');

    const result = await modify(qrCode, { channelFee: { type: 'RATE', value: '0.01' } });

    expect(result).toMatchObject({ refusal: 'INVALID_INPUT', field: ['channelFee'] });
    expect(world.gateway.requests).toEqual([]);
  });

  test.each<[string, Partial<ModifyQrCode>, string[]]>([
    ['a long merchant name', { merchantName: 'x'.repeat(33) }, ['merchantName']],
    ['a store name with "', { storeName: 'The "Best"' }, ['storeName']],
    ['a blank store name', { storeName: '' }, ['storeName']],
    ['a blank address', { address: ' ' }, ['address']],
    ['an endless address', { address: '街'.repeat(700) }, ['address']],
    ['a rate too high', { channelFee: { type: 'RATE', value: '0.06' } }, ['channelFee', 'value']],
    ['an endless label', { label: 'x'.repeat(101) }, ['label']],
  ])('for %s', async (_what, own, field) => {
    const qrCode = await aCode('ACTIVE', { channelFeeType: 'RATE', channelFeeValue: '0.01' });

    const result = await modify(qrCode, own);

    expect(result).toMatchObject({ refusal: 'INVALID_INPUT', field });
    expect(world.gateway.requests).toEqual([]);
  });

  test('where what configuration adds to it leaves no room, and nothing is sent', async () => {
    const domain = { ...world.domain, notifySignType: 'RSA2' as const };
    const store = await aStore(world, { address: 'x'.repeat(1_700) });
    const qrCode = await aCode('ACTIVE', { storeId: store.id });
    const modifying = (d: typeof world.domain, address: string) =>
      modifyQrCode(d, { caller: world.owner, qrCodeId: qrCode.id, address });
    world.gateway.next(agrees);
    await modifying(world.domain, store.address ?? '');
    const bytes = Buffer.byteLength(world.gateway.requestsTo(MODIFY)[0]?.['biz_data'] ?? '');
    const address = 'x'.repeat(1_700 + 2_000 - bytes);

    expect(await modifying(domain, address)).toMatchObject({
      ...{ refusal: 'INVALID_INPUT', field: ['address'] },
      qrCode: { pendingChange: null },
    });
    expect(world.gateway.requests).toHaveLength(1);
    world.gateway.next(agrees);
    expect(codeOf(await modifying(world.domain, address)).pendingChange).toBeNull();
    const { id: storeId } = await aStore(world, { address });
    expect(await createQrCode(domain, createCommand(world, storeId))).toMatchObject({
      ...{ refusal: 'INVALID_INPUT', field: ['storeId'] },
    });
  });

  test('while another change is pending', async () => {
    const qrCode = await aCode('ACTIVE');
    world.gateway.next(cut);
    await modify(qrCode, { storeName: 'Dragon Tea West' });

    const result = await modify(qrCode, { storeName: 'Dragon Tea East' });

    expect(result).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
      message: expect.stringContaining('modify') as string,
    });
  });

  test('by Alipay, and nothing on record changes', async () => {
    const store = await aStore(world);
    const qrCode = await aCode('STOPPED', { storeId: store.id });
    world.gateway.next(refusal('EXIST_FORBIDDEN_WORD'));

    const result = await modify(qrCode, { storeName: 'Forbidden', label: 'new' });

    expect(result).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      alipayCode: 'EXIST_FORBIDDEN_WORD',
      qrCode: { status: 'STOPPED', label: null, pendingChange: null, pendingModification: null },
    });
    expect(await world.database.manager.findOneBy(Store, { id: store.id })).toEqual(store);
  });
});

describe('a modification', () => {
  test('sends the whole content with the fee the code has, then changes the records', async () => {
    const merchant = await aMerchant(world, { name: 'Dragon Tea' });
    const store = await aStore(world, { merchantId: merchant.id });
    const qrCode = await aCode('ACTIVE', {
      storeId: store.id,
      channelFeeType: 'RATE',
      channelFeeValue: '0.01',
    });
    world.gateway.next(agrees);

    const result = await modify(qrCode, {
      storeName: 'Dragon Tea West',
      merchantName: 'Dragon Tea Ltd',
      address: '2 Queen Road',
      label: 'Counter 3',
    });

    expect(codeOf(result)).toMatchObject({ status: 'ACTIVE', label: 'Counter 3' });
    const [request] = world.gateway.requestsTo(MODIFY);
    expect(request?.['qrcode']).toBe(qrCode.code);
    expect(bizDataOf(request)).toEqual({
      secondary_merchant_industry: merchant.industry,
      secondary_merchant_id: merchant.alipayMerchantId,
      secondary_merchant_name: 'Dragon Tea Ltd',
      store_id: store.alipayStoreId,
      store_name: 'Dragon Tea West',
      trans_currency: 'HKD',
      currency: 'HKD',
      country_code: 'HK',
      address: '2 Queen Road',
      channel_fee: { type: 'RATE', value: '0.01' },
    });
    const { manager } = world.database;
    expect(await manager.findOneBy(Store, { id: store.id })).toMatchObject({
      name: 'Dragon Tea West',
      address: '2 Queen Road',
    });
    expect(await manager.findOneBy(Merchant, { id: merchant.id })).toMatchObject({
      name: 'Dragon Tea Ltd',
    });
    expect(await reload(world, qrCode)).toEqual(codeOf(result));
  });

  test('changes a fee, also to the other kind of fee', async () => {
    const qrCode = await aCode('ACTIVE', { channelFeeType: 'RATE', channelFeeValue: '0.01' });
    world.gateway.next(agrees);

    const result = await modify(qrCode, { channelFee: { type: 'FIXED', value: '2' } });

    expect(codeOf(result)).toMatchObject({ channelFeeType: 'FIXED', channelFeeValue: '2.00' });
    const [request] = world.gateway.requestsTo(MODIFY);
    expect(bizDataOf(request)).toMatchObject({ channel_fee: { type: 'FIXED', value: '2.00' } });
  });

  test('of the label alone is ours, and asks nobody', async () => {
    const qrCode = await aCode('ACTIVE', { label: 'Counter 1' });

    const named = await modify(qrCode, { label: 'Counter 2' });
    const unnamed = await modify(qrCode, { label: null });

    expect(codeOf(named).label).toBe('Counter 2');
    expect(codeOf(unnamed).label).toBeNull();
    expect(world.gateway.requests).toEqual([]);
  });

  test('of nothing sends what is on record, and where its payments are to be told of', async () => {
    const store = await aStore(world);
    const qrCode = await aCode('STOPPED', { storeId: store.id, label: 'Counter 1' });
    world.gateway.next(agrees);

    const result = await modify(qrCode, {});

    const changed = codeOf(result);
    expect(changed).toEqual(Object.assign(qrCode, { updatedAt: changed.updatedAt }));
    const [request] = world.gateway.requestsTo(MODIFY);
    expect(bizDataOf(request)).toMatchObject({ store_name: store.name, address: store.address });
    expect(request?.['notify_url']).toBe(
      world.domain.notifyUrl?.(notificationTokenFor(world.database, qrCode.id)),
    );
    expect(await world.database.manager.findOneBy(Store, { id: store.id })).toEqual(store);
  });

  test('keeps what it will change aside until Alipay has said yes', async () => {
    const store = await aStore(world);
    const qrCode = await aCode('ACTIVE', { storeId: store.id });
    world.gateway.next(cut);

    const result = await modify(qrCode, { storeName: 'Dragon Tea West' });
    const again = await modify(qrCode, { storeName: 'Dragon Tea West' });

    expect(codeOf(result)).toMatchObject({
      pendingChange: 'MODIFY',
      pendingModification: { storeName: 'Dragon Tea West' },
    });
    expect(again).toEqual({ qrCode: await reload(world, qrCode) });
    expect(world.gateway.requests).toHaveLength(1);
    expect(await world.database.manager.findOneBy(Store, { id: store.id })).toEqual(store);
  });
});
