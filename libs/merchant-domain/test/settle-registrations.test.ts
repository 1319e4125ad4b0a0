import { askAgainNow } from '../src/database/ask-again-now';
import { Forbidden } from '../src/access/access.rules';
import { type Store } from '../src/store/store.entity';
import { refreshStoreRegistration } from '../src/store/refresh-store-registration';
import { type Answering, cut, held, refusal, signed } from './support/gateway';
import { aStore } from './support/records';
import {
  contentOf,
  goOn,
  MAINTAIN,
  pauseOf,
  QUERY_STATUS,
  received,
  refresh,
  reloadStore,
  settle,
  stands,
  submit,
} from './support/registrations';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld({ clientTimeoutMs: 5_000 });
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

const details = { representativeName: '李小明', contactNo: '+852 2345 6789' };
const nobody = refusal('DATA_NOT_EXIST');

async function pendingStore(own: Partial<Store> = {}): Promise<Store> {
  const store = await aStore(world, own);
  world.gateway.next(cut);
  await submit(world, store, details);
  return store;
}

function submitted() {
  return world.gateway.requestsTo(MAINTAIN).map(contentOf);
}

describe('a submission without a certain answer', () => {
  test('is not asked about before its time, nor while the call may be under way', async () => {
    const store = await aStore(world);
    const call = held();
    world.gateway.next(call.answer);
    const submitting = submit(world, store);
    await call.arrived;
    world.clock.advance(14_999);
    expect(await settle(world)).toBe(0);

    call.release(signed({ result_code: 'UNKNOW' }));
    await submitting;
    world.clock.advance(1_999);
    expect(await settle(world)).toBe(0);
    expect(world.gateway.requests).toHaveLength(1);
  });

  test('is sent again, the very same, when Alipay knows of no such store', async () => {
    const store = await pendingStore();
    await goOn(world, store);
    world.gateway.next(nobody, received);

    expect(await settle(world)).toBe(1);

    expect(submitted()).toEqual([submitted()[0], submitted()[0]]);
    expect(await reloadStore(world, store)).toMatchObject({
      registration: 'UNDER_REVIEW',
      pendingRegistration: null,
    });
  });

  test('is not sent again when Alipay has it: that could begin the review anew', async () => {
    const store = await pendingStore();
    await goOn(world, store);
    world.gateway.next(stands('UNDER_REVIEW', submitted()[0]));

    await settle(world);

    expect(submitted()).toHaveLength(1);
    expect(await reloadStore(world, store)).toMatchObject({
      registration: 'UNDER_REVIEW',
      pendingRegistration: null,
    });
    expect(await pauseOf(world, store)).toBe(5);
  });

  test('is sent again when what Alipay has is the content of before', async () => {
    const store = await pendingStore({ registration: 'REGISTERED' });
    await goOn(world, store);
    const { representative_name: _new, ...before } = submitted()[0] ?? {};
    world.gateway.next(stands('SUCCESS', before), received);

    await settle(world);

    expect(submitted()).toHaveLength(2);
    expect(await reloadStore(world, store)).toMatchObject({ registration: 'MODIFICATION_REVIEW' });
  });

  test('keeps its content, whatever changes on record meanwhile', async () => {
    const store = await pendingStore();
    await world.database.manager.query('update stores set name = $1', ['Renamed']);
    await goOn(world, store);
    world.gateway.next(nobody, received);

    await settle(world);

    expect(submitted()[1]).toMatchObject({ store_name: store.name });
  });

  test('is asked about after pauses that double up to five minutes, and never given up', async () => {
    const store = await pendingStore();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 10; attempt += 1) {
      pauses.push(await pauseOf(world, store));
      await goOn(world, store);
      world.gateway.next(cut, cut);
      expect(await settle(world)).toBe(1);
    }

    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(await reloadStore(world, store)).toMatchObject({ registrationAttempts: 11 });
  });

  test('is settled by a refusal of the repeat, which a warning tells of', async () => {
    const store = await pendingStore();
    await goOn(world, store);
    world.gateway.next(nobody, refusal('PARAM_ILLEGAL'));

    await settle(world);

    expect(await reloadStore(world, store)).toMatchObject({
      registration: 'UNREGISTERED',
      registrationFailureCode: 'PARAM_ILLEGAL',
      pendingRegistration: null,
      registrationCheckAt: null,
    });
    expect(world.log.at(-1)).toMatchObject({
      level: 'warn',
      ids: { storeId: store.id, alipayCode: 'PARAM_ILLEGAL' },
    });
  });

  test('a refresh settles it when Alipay has it, and sends nothing', async () => {
    const store = await pendingStore();
    world.gateway.next(nobody, stands('SUCCESS', submitted()[0]));

    expect(await refresh(world, store)).toMatchObject({
      store: { registration: 'UNREGISTERED', pendingRegistration: details },
    });
    expect(await refresh(world, store)).toMatchObject({
      store: { registration: 'REGISTERED', pendingRegistration: null, registrationCheckAt: null },
    });
    expect(submitted()).toHaveLength(1);
  });

  test('that waited for minutes is hurried when Alipay answers again; a review is not', async () => {
    const store = await pendingStore();
    const reviewed = await aStore(world);
    world.gateway.next(received);
    await submit(world, reviewed);
    const later = new Date(world.clock.now().getTime() + 240_000);
    await world.database.manager.query('update stores set registration_check_at = $1', [later]);

    expect(await askAgainNow(world.domain)).toBe(1);
    expect(await pauseOf(world, store)).toBe(0);
    expect(await pauseOf(world, reviewed)).toBe(240);
  });

  test('whose call was held up for too long does not leave any more', async () => {
    const store = await pendingStore();
    await goOn(world, store);
    const call = held();
    world.gateway.next(call.answer);
    const settling = settle(world);
    await call.arrived;
    world.clock.advance(60_000);
    call.release(nobody);
    await settling;

    expect(submitted()).toHaveLength(1);
    expect(await reloadStore(world, store)).toMatchObject({ pendingRegistration: details });
  });
});

describe('a store under review', () => {
  async function reviewedStore(own: Partial<Store> = {}): Promise<Store> {
    const store = await aStore(world, own);
    world.gateway.next(received);
    await submit(world, store);
    return store;
  }

  test('is asked about after pauses that double up to an hour, until it is decided', async () => {
    const store = await reviewedStore();
    world.gateway.always(QUERY_STATUS, stands('UNDER_REVIEW'));
    const pauses: number[] = [];
    for (let asked = 0; asked < 12; asked += 1) {
      pauses.push(await pauseOf(world, store));
      await goOn(world, store);
      expect(await settle(world)).toBe(1);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);

    await goOn(world, store);
    world.gateway.next(stands('SUCCESS', { store_status: 'ACTIVATED' }));
    await settle(world);

    expect(await reloadStore(world, store)).toMatchObject({
      registration: 'REGISTERED',
      registrationToldAt: world.clock.now(),
      registrationCheckAt: null,
    });
    expect(await settle(world)).toBe(0);
  });

  test.each<[string, Answering]>([
    ['a cut connection', cut],
    ['a store that Alipay does not know yet', nobody],
    ['a state that is new', stands('HALF_WAY')],
    ['the answer about another store', stands('SUCCESS', { store_id: 'another' })],
    ['a refusal', refusal('ACCESS_FORBIDDEN')],
  ])('stays under review on %s, and is asked about again', async (_what, reply) => {
    const store = await reviewedStore();
    await goOn(world, store);
    world.gateway.next(reply);

    await settle(world);

    expect(await reloadStore(world, store)).toMatchObject({ registration: 'UNDER_REVIEW' });
    expect(await pauseOf(world, store)).toBe(10);
  });

  test.each<[Store['registration'], string, Record<string, string>, Partial<Store>]>([
    ['UNREGISTERED', 'FAILED', { reject_reason: 'High risk' }, { registration: 'REJECTED' }],
    [
      'REGISTERED',
      'FAILED',
      { reject_reason: 'High risk', store_status: 'ACTIVATED' },
      { registration: 'REGISTERED' },
    ],
  ])('%s before, which is then %s, shows Alipay’s reason', async (before, status, more, after) => {
    const store = await reviewedStore({ registration: before });
    await goOn(world, store);
    world.gateway.next(stands(status, more));

    await settle(world);

    expect(await reloadStore(world, store)).toMatchObject({
      ...{ ...after, rejectReason: 'High risk', registrationCheckAt: null },
    });
  });

  test('takes a new submission, and the answer about the old one changes nothing then', async () => {
    const store = await reviewedStore();
    await goOn(world, store);
    const question = held();
    world.gateway.next(question.answer);
    const settling = settle(world);
    await question.arrived;
    world.gateway.next(received);
    await submit(world, store, { contactNo: '1' });

    question.release(stands('FAILED')(await question.arrived));
    await settling;

    expect(await reloadStore(world, store)).toMatchObject({ registration: 'UNDER_REVIEW' });
  });

  test('hears nothing from a question that left before Alipay had the update', async () => {
    const store = await aStore(world, { registration: 'REGISTERED' });
    const submission = held();
    const question = held();
    world.gateway.next(submission.answer);
    const submitting = submit(world, store);
    await submission.arrived;
    world.gateway.next(question.answer);
    const refreshing = refresh(world, store);
    const asked = await question.arrived;
    submission.release(received);
    await submitting;

    question.release(stands('SUCCESS')(asked));
    await refreshing;

    expect(await reloadStore(world, store)).toMatchObject({ registration: 'MODIFICATION_REVIEW' });
  });

  test('one that fails stops no other', async () => {
    const [one, other] = [await reviewedStore(), await reviewedStore()];
    await world.database.manager.query(`update stores set merchant_id = $1 where id = $2`, [
      other.merchantId,
      one.id,
    ]);
    world.gateway.always(QUERY_STATUS, (request) =>
      request['store_id'] === one.alipayStoreId ? cut : stands('SUCCESS')(request),
    );
    await goOn(world, one);

    expect(await settle(world)).toBe(2);

    expect(await reloadStore(world, other)).toMatchObject({ registration: 'REGISTERED' });
    expect(await reloadStore(world, one)).toMatchObject({ registration: 'UNDER_REVIEW' });
  });
});

describe('refreshing a registration', () => {
  test.each(['CASHIER', 'AUDITOR'] as const)('is forbidden to a %s', async (role) => {
    const caller = callerOf(role);

    await expect(
      refreshStoreRegistration(world.domain, { caller, storeId: world.domain.newId() }),
    ).rejects.toThrow(Forbidden);
  });

  test('finds no store outside of the caller’s', async () => {
    const store = await aStore(world);
    const caller = callerOf('MANAGER', { storeIds: [] });

    expect(
      await refreshStoreRegistration(world.domain, { caller, storeId: store.id }),
    ).toMatchObject({ refusal: 'NOT_FOUND', field: ['storeId'] });
    expect(world.gateway.requests).toEqual([]);
  });

  test('takes over what was registered elsewhere, and watches a review that began there', async () => {
    const [done, open, gone] = [await aStore(world), await aStore(world), await aStore(world)];
    world.gateway.next(
      stands('SUCCESS'),
      stands('UNDER_REVIEW'),
      stands('SUCCESS', { store_status: 'ARCHIVED' }),
    );

    expect(await refresh(world, done)).toMatchObject({ store: { registration: 'REGISTERED' } });
    expect(await refresh(world, open)).toMatchObject({ store: { registration: 'UNDER_REVIEW' } });
    expect(await refresh(world, gone)).toMatchObject({ store: { registration: 'ARCHIVED' } });
    expect(await pauseOf(world, open)).toBe(5);
  });

  test('a store that nobody submitted is not registered, and that is no error', async () => {
    const store = await aStore(world);
    world.gateway.next(nobody);

    expect(await refresh(world, store)).toEqual({ store });
  });

  test('a registered store that Alipay does not know stays as it is, and somebody is told', async () => {
    const store = await aStore(world, { registration: 'REGISTERED' });
    world.gateway.next(nobody);

    expect(await refresh(world, store)).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      store: { registration: 'REGISTERED' },
    });
    expect(world.log).toMatchObject([{ level: 'warn', ids: { storeId: store.id } }]);
  });

  test.each([
    ['no answer', cut, 'ALIPAY_UNAVAILABLE'],
    ['a code that is not final', refusal('SYSTEM_ERROR'), 'ALIPAY_UNAVAILABLE'],
    ['a definite no', refusal('PARAM_ILLEGAL'), 'ALIPAY_REJECTED'],
  ])('%s changes nothing', async (_what, reply, code) => {
    const store = await aStore(world, { registration: 'REGISTERED' });
    world.gateway.next(reply);

    expect(await refresh(world, store)).toMatchObject({ refusal: code, store: { id: store.id } });
    expect(await reloadStore(world, store)).toEqual(store);
  });
});
