import { Forbidden } from '../src/access/access.rules';
import { GatewayCall } from '../src/gateway-call/gateway-call.entity';
import { actingAs } from '../src/gateway-call/acting-as';
import { recordGatewayCall } from '../src/gateway-call/record-gateway-call';
import { createQrCode } from '../src/qr-code/create-qr-code';
import { submitStoreRegistration } from '../src/store/submit-store-registration';
import { createCommand } from './support/codes';
import { brokenPage, cut, held, refusal, silence, unsignedRefusal } from './support/gateway';
import { aMerchant, aStore } from './support/records';
import { contentOf, MAINTAIN, received, reloadStore, submit } from './support/registrations';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  // Long enough for a machine that does other things besides; one call gets no answer at all.
  world = await createWorld({ clientTimeoutMs: 3_000 });
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

const details = {
  registrationNo: '12345678-000',
  representativeName: '李小明',
  representativeId: 'B7654321',
  contactNo: '+852 2345 6789',
  contactEmail: 'ada@shop.example',
};

describe('submitting a registration', () => {
  test.each(['CASHIER', 'AUDITOR'] as const)('is forbidden to a %s', async (role) => {
    const store = await aStore(world);

    const submitting = submitStoreRegistration(world.domain, {
      caller: callerOf(role),
      storeId: store.id,
    });

    await expect(submitting).rejects.toThrow(Forbidden);
    expect(world.gateway.requests).toEqual([]);
  });

  test('finds no store outside of the caller’s', async () => {
    const store = await aStore(world);
    const caller = callerOf('MANAGER', { storeIds: [(await aStore(world)).id] });

    expect(
      await submitStoreRegistration(world.domain, { caller, storeId: store.id }),
    ).toMatchObject({ refusal: 'NOT_FOUND', field: ['storeId'] });
    expect(world.gateway.requests).toEqual([]);
  });

  test.each([
    ['contactEmail', { contactEmail: 'nobody' }, {}],
    ['representativeId', { representativeId: 'half \ud800' }, {}],
    ['shareholderName', { shareholderName: 'a"b' }, {}],
    ['storeId', {}, { address: null }],
  ])('refuses a wrong %s, and nothing leaves', async (field, own, ofStore) => {
    const store = await aStore(world, ofStore);

    expect(await submit(world, store, own)).toMatchObject({
      refusal: 'INVALID_INPUT',
      field: [field],
    });
    expect(world.gateway.requests).toEqual([]);
    expect(await reloadStore(world, store)).toEqual(store);
  });

  test('refuses a taxi, whose drivers it does not know', async () => {
    const merchant = await aMerchant(world, { industry: '4121' });
    const store = await aStore(world, { merchantId: merchant.id });

    expect(await submit(world, store)).toMatchObject({ refusal: 'INVALID_INPUT' });
  });

  test('is on record before the call leaves', async () => {
    const store = await aStore(world);
    const call = held();
    world.gateway.next(call.answer);

    const submitting = submit(world, store, details);
    await call.arrived;

    expect(await reloadStore(world, store)).toMatchObject({
      registration: 'UNREGISTERED',
      pendingRegistration: { storeName: store.name, ...details },
      registrationSubmittedBy: 'owner@shop.example',
      registrationSubmittedAt: world.clock.now(),
      registrationAttempts: 1,
    });
    call.release(received);
    await submitting;
  });

  test('is under review once Alipay has received it, and the persons it named are gone', async () => {
    const store = await aStore(world);
    world.gateway.next(received);

    const result = await submit(world, store, details);

    expect(result).toEqual({ store: await reloadStore(world, store) });
    expect(await reloadStore(world, store)).toMatchObject({
      registration: 'UNDER_REVIEW',
      pendingRegistration: null,
      registrationSubmittedBy: 'owner@shop.example',
      registrationFailureCode: null,
    });
    expect(contentOf(world.gateway.requestsTo(MAINTAIN)[0])).toMatchObject({
      secondary_merchant_type: 'ENTERPRISE',
      store_id: store.alipayStoreId,
      store_name: 'Noodle Shop Central',
      store_country: 'HK',
      register_country: 'HK',
      store_address: '1 Queen Road',
      store_industry: '5812',
      registration_no: '12345678-000',
      representative_name: '李小明',
      representative_id: 'B7654321',
      contact_no: '+852 2345 6789',
      contact_email: 'ada@shop.example',
    });
    expect(world.log).toMatchObject([
      { level: 'info', ids: { storeId: store.id, by: 'owner@shop.example' } },
    ]);
  });

  test('of a registered store is an update under review', async () => {
    const store = await aStore(world, { registration: 'REGISTERED' });
    world.gateway.next(received);

    expect(await submit(world, store)).toMatchObject({
      store: { registration: 'MODIFICATION_REVIEW' },
    });
  });

  test('of a rejected one opens the way to a code again', async () => {
    const store = await aStore(world, { registration: 'REJECTED', rejectReason: 'no licence' });
    world.gateway.next(received, refusal('INVALID_PARAMETER'));
    expect(await createQrCode(world.domain, createCommand(world, store.id))).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
    });

    expect(await submit(world, store)).toMatchObject({
      store: { registration: 'UNDER_REVIEW', rejectReason: null },
    });
    // Alipay is asked for the code, and says no for reasons of its own.
    expect(await createQrCode(world.domain, createCommand(world, store.id))).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
    });
  });

  test.each([
    ['signed', refusal('PARAM_ILLEGAL'), 'PARAM_ILLEGAL', /Correct what it objects to/],
    ['unsigned', unsignedRefusal('ILLEGAL_SIGN'), 'ILLEGAL_SIGN', /whoever runs this system/],
  ])(
    'that Alipay will not take (%s) leaves the store as it was',
    async (_how, reply, code, says) => {
      const rejected = { registration: 'REJECTED', rejectReason: 'no licence' } as const;
      const store = await aStore(world, rejected);
      world.gateway.next(reply);

      expect(await submit(world, store)).toMatchObject({
        refusal: 'ALIPAY_REJECTED',
        alipayCode: code,
        message: expect.stringMatching(says) as string,
        store: { id: store.id, registrationFailureCode: code },
      });
      expect(await reloadStore(world, store)).toMatchObject({
        ...rejected,
        pendingRegistration: null,
        registrationCheckAt: null,
      });
    },
  );

  test.each([
    ['a cut connection', cut],
    ['silence', silence],
    ['a page', brokenPage],
    ['a code that is not final', refusal('SYSTEM_ERROR')],
    ['a refusal nobody signed', unsignedRefusal('SYSTEM_ERROR')],
  ])('that comes to %s is pending: neither done nor refused', async (_what, reply) => {
    const store = await aStore(world);
    world.gateway.next(reply);

    const result = await submit(world, store, details);

    expect(result).not.toHaveProperty('refusal');
    expect(result.store).toMatchObject({
      registration: 'UNREGISTERED',
      pendingRegistration: details,
      registrationCheckAt: new Date(world.clock.now().getTime() + 2_000),
    });
  });

  test('the same again while it is pending asks nobody; another content waits', async () => {
    const store = await aStore(world);
    world.gateway.next(cut);
    const first = await submit(world, store, details);

    expect(await submit(world, store, details)).toEqual(first);
    expect(await submit(world, store, { contactNo: '1' })).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
    });
    expect(world.gateway.requests).toHaveLength(1);
  });

  test('ten at once are one call, whoever was first', async () => {
    const store = await aStore(world);
    const call = held();
    world.gateway.next(call.answer);
    let waiting = 10;
    const submitting = Array.from({ length: 10 }, () => submit(world, store, details));

    // Nine are told of the one under way; it ends when they have been.
    await new Promise<void>((resolve) => {
      for (const one of submitting) {
        void one.finally(() => {
          waiting -= 1;
          if (waiting === 1) resolve();
        });
      }
    });
    call.release(received);
    const results = await Promise.all(submitting);

    expect(results.filter((result) => 'refusal' in result)).toEqual([]);
    expect(world.gateway.requestsTo(MAINTAIN)).toHaveLength(1);
    expect(await reloadStore(world, store)).toMatchObject({
      registration: 'UNDER_REVIEW',
      pendingRegistration: null,
    });
  });
});

test('a call about a registration is on record with its store and whoever asked', async () => {
  const store = await aStore(world);
  const merchant = await world.database.manager.query<{ alipay_merchant_id: string }[]>(
    'select alipay_merchant_id from merchants where id = $1',
    [store.merchantId],
  );
  const keep = recordGatewayCall(world.database, { newId: world.domain.newId });

  await actingAs('ada@shop.example', () =>
    keep({
      service: MAINTAIN,
      outcome: 'SUCCEEDED',
      startedAt: world.clock.now(),
      durationMs: 1,
      request: {
        secondary_merchant_id: merchant[0]?.alipay_merchant_id ?? '',
        store_id: store.alipayStoreId,
      },
      response: { result_code: 'SUCCESS' },
    }),
  );

  expect(await world.database.manager.find(GatewayCall)).toMatchObject([
    { service: MAINTAIN, storeId: store.id, actor: 'ada@shop.example', transactionId: null },
  ]);
});
