import { Forbidden } from '../src/access/access.rules';
import { qrCodeIdOfToken } from '../src/inbox/notification-token';
import { type CreateQrCode, createQrCode } from '../src/qr-code/create-qr-code';
import { QrCode } from '../src/qr-code/qr-code.entity';
import { settleQrCode } from '../src/qr-code/settle-qr-code';
import { bizDataOf, codeOf, CREATE, createCommand, issuesCode, reload } from './support/codes';
import {
  brokenPage,
  cut,
  held,
  refusal,
  silence,
  signed,
  unsignedRefusal,
} from './support/gateway';
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

describe('creating a code is refused', () => {
  test.each(['CASHIER', 'AUDITOR'] as const)('to a %s, as forbidden', async (role) => {
    const store = await aStore(world);
    const command = createCommand(world, store.id, { caller: callerOf(role) });

    await expect(createQrCode(world.domain, command)).rejects.toThrow(Forbidden);
  });

  test('for a store that does not exist', async () => {
    const result = await createQrCode(world.domain, createCommand(world, world.domain.newId()));

    expect(result).toMatchObject({ refusal: 'NOT_FOUND', field: ['storeId'] });
  });

  test('for a store outside of the manager’s', async () => {
    const store = await aStore(world);
    const other = await aStore(world);
    const caller = callerOf('MANAGER', { storeIds: [other.id] });

    const result = await createQrCode(world.domain, createCommand(world, store.id, { caller }));

    expect(result).toMatchObject({ refusal: 'NOT_FOUND' });
  });

  test('for a store that Alipay rejected', async () => {
    const store = await aStore(world, { registration: 'REJECTED', rejectReason: 'no such street' });

    const result = await createQrCode(world.domain, createCommand(world, store.id));

    expect(result).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
      message: expect.stringContaining('no such street') as string,
    });
  });

  test.each<[string, Partial<CreateQrCode>, string[]]>([
    [
      'a rate above 0.05',
      { channelFee: { type: 'RATE', value: '0.051' } },
      ['channelFee', 'value'],
    ],
    ['a rate in per cent', { channelFee: { type: 'RATE', value: '1' } }, ['channelFee', 'value']],
    ['a negative rate', { channelFee: { type: 'RATE', value: '-0.01' } }, ['channelFee', 'value']],
    ['three decimals', { channelFee: { type: 'FIXED', value: '1.505' } }, ['channelFee', 'value']],
    ['a fee in words', { channelFee: { type: 'FIXED', value: 'little' } }, ['channelFee', 'value']],
    ['a currency in words', { transactionCurrency: 'dollar' }, ['transactionCurrency']],
    ['another one in words', { settlementCurrency: 'yuan' }, ['settlementCurrency']],
    ['an endless label', { label: 'x'.repeat(101) }, ['label']],
  ])('with %s', async (_what, own, field) => {
    const store = await aStore(world);

    const result = await createQrCode(world.domain, createCommand(world, store.id, own));

    expect(result).toMatchObject({ refusal: 'INVALID_INPUT', field });
    expect(world.gateway.requests).toEqual([]);
    expect(await world.database.manager.countBy(QrCode, { storeId: store.id })).toBe(0);
  });

  test.each([
    ['a signed business no', refusal('SELLER_NOT_EXIST'), 'SELLER_NOT_EXIST'],
    ['an unsigned no of the gateway', unsignedRefusal('ILLEGAL_SIGN'), 'ILLEGAL_SIGN'],
  ])('by Alipay, with %s, and shows the code as rejected', async (_what, reply, alipayCode) => {
    const store = await aStore(world);
    world.gateway.next(reply);

    const result = await createQrCode(world.domain, createCommand(world, store.id));

    expect(result).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      alipayCode,
      message: expect.stringContaining(alipayCode) as string,
      qrCode: { status: 'REJECTED', rejectionCode: alipayCode, pendingChange: null, code: null },
    });
  });

  test('when Alipay issues a code that another counter has', async () => {
    const taken = await aQrCode(world);
    const store = await aStore(world);
    world.gateway.next(signed({ qrcode: taken.code ?? '' }));

    const result = await createQrCode(world.domain, createCommand(world, store.id));

    expect(result).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      qrCode: { status: 'REJECTED', rejectionCode: 'CODE_ALREADY_IN_USE' },
    });
    expect(await reload(world, taken)).toEqual(taken);
  });
});

describe('creating a code', () => {
  test('sends the whole content, and the address that names the code', async () => {
    const merchant = await aMerchant(world, { alipayMerchantId: 'M_content', name: 'Dragon Tea' });
    const store = await aStore(world, { merchantId: merchant.id, alipayStoreId: 'S-7' });
    world.gateway.next(issuesCode());

    const result = await createQrCode(
      world.domain,
      createCommand(world, store.id, {
        label: 'Counter 2',
        channelFee: { type: 'FIXED', value: '1.5' },
      }),
    );

    const qrCode = codeOf(result);
    expect(result).toEqual({
      qrCode: expect.objectContaining({
        status: 'ACTIVE',
        label: 'Counter 2',
        channelFeeType: 'FIXED',
        channelFeeValue: '1.50',
        pendingChange: null,
        nextCheckAt: null,
      }) as QrCode,
    });
    expect(qrCode.code).toMatch(/^https:\/\/qr\.alipay\.com\//);
    expect(qrCode.alipayImageUrl).toMatch(/^https:\/\/mobilecodec/);
    const [request] = world.gateway.requestsTo(CREATE);
    expect(bizDataOf(request)).toEqual({
      secondary_merchant_industry: '5812',
      secondary_merchant_id: 'M_content',
      secondary_merchant_name: 'Dragon Tea',
      store_id: 'S-7',
      store_name: 'Noodle Shop Central',
      trans_currency: 'HKD',
      currency: 'HKD',
      country_code: 'HK',
      address: '1 Queen Road',
      channel_fee: { type: 'FIXED', value: '1.50' },
    });
    const token = request?.['notify_url']?.split('/').at(-1) ?? '';
    expect(qrCodeIdOfToken(world.database, token)).toBe(qrCode.id);
    expect(await reload(world, qrCode)).toEqual(qrCode);
  });

  test('says what notifications are to be signed with only where that is configured', async () => {
    const store = await aStore(world);
    world.gateway.next(issuesCode());

    await createQrCode({ ...world.domain, notifySignType: 'RSA2' }, createCommand(world, store.id));

    const [request] = world.gateway.requestsTo(CREATE);
    expect(bizDataOf(request)).toMatchObject({ notify_sign_type: 'RSA2' });
  });

  test('is on record before Alipay is asked', async () => {
    const store = await aStore(world);
    const call = held();
    world.gateway.next(call.answer);

    const creating = createQrCode(world.domain, createCommand(world, store.id));
    await call.arrived;
    const inFlight = await world.database.manager.findOneByOrFail(QrCode, { storeId: store.id });
    call.release(issuesCode());

    expect(inFlight).toMatchObject({ status: 'PENDING', pendingChange: 'CREATE', attempts: 1 });
    expect(inFlight.nextCheckAt?.getTime()).toBe(world.clock.now().getTime() + 15_000);
    expect(codeOf(await creating).status).toBe('ACTIVE');
  });

  test('returns a store’s code of that kind as it is, without a call', async () => {
    const stopped = await aQrCode(world, { status: 'STOPPED', label: 'Counter 1' });

    const result = await createQrCode(
      world.domain,
      createCommand(world, stopped.storeId, { label: 'other', transactionCurrency: 'USD' }),
    );

    expect(result).toEqual({ qrCode: stopped });
    expect(world.gateway.requests).toEqual([]);
  });

  test('makes the other kind beside it', async () => {
    const plain = await aQrCode(world);
    world.gateway.next(issuesCode());

    const result = await createQrCode(
      world.domain,
      createCommand(world, plain.storeId, { channelFee: { type: 'RATE', value: '0' } }),
    );

    expect(codeOf(result)).toMatchObject({ status: 'ACTIVE', channelFeeValue: '0' });
    expect(codeOf(result).id).not.toBe(plain.id);
  });

  test.each(['DELETED', 'REJECTED'] as const)('makes a new one beside a %s one', async (status) => {
    const gone = await aQrCode(world, { status });
    world.gateway.next(issuesCode());

    const result = await createQrCode(world.domain, createCommand(world, gone.storeId));

    expect(codeOf(result).id).not.toBe(gone.id);
    expect(codeOf(result).status).toBe('ACTIVE');
  });

  test('asks once when five ask at once, and all get the same code', async () => {
    const store = await aStore(world);
    const call = held();
    world.gateway.next(call.answer);

    const creating = Array.from({ length: 5 }, () =>
      createQrCode(world.domain, createCommand(world, store.id)),
    );
    await call.arrived;
    const losers = await Promise.race([
      ...creating.map((one) => one.then((result) => codeOf(result).status)),
    ]);
    call.release(issuesCode());
    const results = await Promise.all(creating);

    expect(losers).toBe('PENDING');
    expect(new Set(results.map((result) => codeOf(result).id)).size).toBe(1);
    expect(world.gateway.requestsTo(CREATE)).toHaveLength(1);
  });

  test.each([
    ['the connection is cut', cut],
    ['a page comes back', brokenPage],
    ['nothing comes back', silence],
    ['Alipay has trouble of its own', unsignedRefusal('SYSTEM_ERROR')],
    ['the answer holds no code', signed({ something: 'else' })],
  ])('leaves it pending when %s', async (_what, reply) => {
    const store = await aStore(world);
    world.gateway.next(reply);

    const result = await createQrCode(world.domain, createCommand(world, store.id));

    expect(result).toEqual({
      qrCode: expect.objectContaining({ status: 'PENDING', code: null }) as QrCode,
    });
    const { nextCheckAt } = codeOf(result);
    expect(nextCheckAt?.getTime()).toBe(world.clock.now().getTime() + 2_000);
  });

  test('returns a pending code as pending, without another call', async () => {
    const store = await aStore(world);
    world.gateway.next(cut);
    const first = await createQrCode(world.domain, createCommand(world, store.id));

    const again = await createQrCode(world.domain, createCommand(world, store.id));

    expect(again).toEqual({ qrCode: await reload(world, codeOf(first)) });
    expect(world.gateway.requests).toHaveLength(1);
  });

  test('does not let a late answer change what is settled', async () => {
    const settled = await aQrCode(world);

    const result = await settleQrCode(world.domain, settled.id, 'CREATE', {
      kind: 'SUCCEEDED',
      answer: { qrcode: 'https://qr.alipay.com/late' },
    });

    expect(result).toEqual({ qrCode: settled });
    expect(await reload(world, settled)).toEqual(settled);
  });

  test('settles a content that cannot be sent as refused, before anything leaves', async () => {
    const store = await aStore(world);
    const domain = { ...world.domain, notifyUrl: () => `https://shop.example/${'x'.repeat(200)}` };

    const result = await createQrCode(domain, createCommand(world, store.id));

    expect(result).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      alipayCode: 'ALIPAY_REQUEST_INVALID',
      qrCode: { status: 'REJECTED' },
    });
    expect(world.gateway.requests).toEqual([]);
  });
});
