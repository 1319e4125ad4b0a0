import { createQrCode } from '../src/qr-code/create-qr-code';
import { importQrCode } from '../src/qr-code/import-qr-code';
import { modifyQrCode } from '../src/qr-code/modify-qr-code';
import { restartQrCode } from '../src/qr-code/restart-qr-code';
import { settlePendingQrCodes } from '../src/qr-code/settle-pending-qr-codes';
import { stopQrCode } from '../src/qr-code/stop-qr-code';
import { type QrCode } from '../src/qr-code/qr-code.entity';
import { Store } from '../src/store/store.entity';
import {
  agrees,
  codeOf,
  CREATE,
  createCommand,
  issuesCode,
  MODIFY,
  MODIFY_STATUS,
  reload,
} from './support/codes';
import { cut, held, refusal, signed } from './support/gateway';
import { aQrCode, aStore } from './support/records';
import { createWorld, heldUpDomain, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

async function pendingCreate(): Promise<QrCode> {
  const store = await aStore(world);
  world.gateway.next(cut);
  return codeOf(await createQrCode(world.domain, createCommand(world, store.id)));
}

function settle(limit = 10): Promise<number> {
  return settlePendingQrCodes(world.domain, { limit });
}

describe('what is pending', () => {
  test('is not asked again before its time', async () => {
    await pendingCreate();
    world.clock.advance(1_999);

    expect(await settle()).toBe(0);
    expect(world.gateway.requests).toHaveLength(1);
  });

  test('is not repeated while the first call may still be under way', async () => {
    const store = await aStore(world);
    const call = held();
    world.gateway.next(call.answer);
    const creating = createQrCode(world.domain, createCommand(world, store.id));
    await call.arrived;
    world.clock.advance(14_999);

    expect(await settle()).toBe(0);

    call.release(issuesCode());
    expect(codeOf(await creating).status).toBe('ACTIVE');
  });

  test('is asked again with the same ids and content, and settled', async () => {
    const pending = await pendingCreate();
    world.clock.advance(2_000);
    world.gateway.next(issuesCode());

    expect(await settle()).toBe(1);

    const settled = await reload(world, pending);
    expect(settled).toMatchObject({ status: 'ACTIVE', pendingChange: null, nextCheckAt: null });
    const [first, repeat] = world.gateway
      .requestsTo(CREATE)
      .map(({ timestamp: _fresh, sign: _signature, ...content }) => content);
    expect(repeat).toEqual(first);
    const timestamps = world.gateway.requestsTo(CREATE).map((request) => request['timestamp']);
    expect(new Set(timestamps).size).toBe(2);
  });

  test('waits twice as long each time, up to five minutes, and is never given up', async () => {
    const pending = await pendingCreate();
    const pauses: number[] = [];

    for (let attempt = 0; attempt < 10; attempt += 1) {
      const { nextCheckAt } = await reload(world, pending);
      pauses.push((nextCheckAt?.getTime() ?? 0) - world.clock.now().getTime());
      world.clock.set(nextCheckAt ?? new Date(0));
      world.gateway.next(cut);
      expect(await settle()).toBe(1);
    }

    expect(pauses.map((pause) => pause / 1000)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect((await reload(world, pending)).attempts).toBe(11);
  });

  test('is settled by a refusal of the repeat too, and a warning tells of it', async () => {
    const pending = await pendingCreate();
    world.clock.advance(2_000);
    world.gateway.next(refusal('ILLEGAL_ARGUMENT'));

    await settle();

    expect(await reload(world, pending)).toMatchObject({
      status: 'REJECTED',
      rejectionCode: 'ILLEGAL_ARGUMENT',
      pendingChange: null,
    });
    expect(world.log).toEqual([
      expect.objectContaining({
        level: 'warn',
        ids: expect.objectContaining({ qrCodeId: pending.id }) as unknown,
      }),
    ]);
  });

  test('is asked by one worker of several', async () => {
    const pending = await pendingCreate();
    world.clock.advance(2_000);
    world.gateway.always(CREATE, issuesCode());

    const asked = await Promise.all([settle(), settle(), settle()]);

    expect(asked.sort()).toEqual([0, 0, 1]);
    expect(world.gateway.requestsTo(CREATE)).toHaveLength(2);
    expect((await reload(world, pending)).status).toBe('ACTIVE');
  });

  test('comes due again when the worker that had it died', async () => {
    const pending = await pendingCreate();
    world.clock.advance(2_000);
    const call = held();
    world.gateway.next(call.answer, issuesCode());
    const dying = settle();
    await call.arrived;

    world.clock.advance(60_000);
    expect(await settle()).toBe(1);
    call.release(refusal('ILLEGAL_ARGUMENT'));
    await dying;

    expect((await reload(world, pending)).status).toBe('ACTIVE');
    expect(world.log).toEqual([]);
  });

  test('is taken no more at a time than was said', async () => {
    await pendingCreate();
    await pendingCreate();
    world.clock.advance(2_000);
    world.gateway.always(CREATE, () => issuesCode());

    expect(await settle(1)).toBe(1);
    expect(await settle(1)).toBe(1);
    expect(await settle(1)).toBe(0);
  });
});

describe('a call that was held up', () => {
  test('for longer than its lease does not leave: it could undo what came since', async () => {
    const qrCode = await aQrCode(world);
    world.gateway.always(MODIFY_STATUS, agrees);

    const stopped = await stopQrCode(heldUpDomain(world), {
      caller: world.owner,
      qrCodeId: qrCode.id,
    });

    expect(stopped).toMatchObject({ qrCode: { status: 'ACTIVE', pendingChange: 'STOP' } });
    expect(world.gateway.requests).toEqual([]);
    world.clock.advance(5_000);
    await settle();
    expect(await reload(world, qrCode)).toMatchObject({ status: 'STOPPED', pendingChange: null });
    expect(world.gateway.requests).toHaveLength(1);
  });

  test.each([
    ['a no', refusal('ILLEGAL_ARGUMENT')],
    ['a yes', signed({})],
    ['nothing', cut],
  ])('and hears %s when the same is asked for again is not heard any more', async (_what, late) => {
    const qrCode = await aQrCode(world);
    const command = { caller: world.owner, qrCodeId: qrCode.id };
    const [first, second] = [held(), held()];
    world.gateway.next(first.answer, agrees, agrees, second.answer);
    const stopping = stopQrCode(world.domain, command);
    await first.arrived;
    world.clock.advance(60_000);
    await settle();
    await restartQrCode(world.domain, command);
    world.clock.advance(1_000);
    const stoppingAgain = stopQrCode(world.domain, command);
    await second.arrived;
    const asked = await reload(world, qrCode);

    first.release(late);
    await stopping;

    expect(await reload(world, qrCode)).toEqual(asked);
    second.release(agrees({ qrcode: qrCode.code ?? '' }));
    expect(codeOf(await stoppingAgain)).toMatchObject({ status: 'STOPPED', pendingChange: null });
  });
});

test('the code is kept also when the call that it answers was overtaken by one that is refused', async () => {
  const store = await aStore(world);
  const [first, repeat] = [held(), held()];
  world.gateway.next(first.answer, repeat.answer);
  const creating = createQrCode(world.domain, createCommand(world, store.id));
  await first.arrived;
  world.clock.advance(60_000);
  const settling = settle();
  await repeat.arrived;

  first.release(issuesCode());
  expect(codeOf(await creating)).toMatchObject({ status: 'ACTIVE', pendingChange: null });
  repeat.release(refusal('ILLEGAL_ARGUMENT'));
  await settling;

  expect(await reload(world, codeOf(await creating))).toMatchObject({ status: 'ACTIVE' });
});

test('a create settles as refused when its code has come to another counter meanwhile', async () => {
  const pending = await pendingCreate();
  const other = await aQrCode(world);
  world.clock.advance(2_000);
  world.gateway.next(signed({ qrcode: other.code ?? '' }));

  await settle();

  expect(await reload(world, pending)).toMatchObject({
    status: 'REJECTED',
    rejectionCode: 'CODE_ALREADY_IN_USE',
  });
});

test('an import settles under the code it was asked for', async () => {
  const store = await aStore(world);
  const code = 'https://qr.alipay.com/wall';
  world.gateway.next(cut, agrees);
  const pending = codeOf(
    await importQrCode(world.domain, { ...createCommand(world, store.id), code }),
  );
  world.clock.advance(2_000);

  await settle();

  expect(await reload(world, pending)).toMatchObject({ status: 'ACTIVE', code });
});

test('a modification changes the records once it is settled', async () => {
  const store = await aStore(world);
  const qrCode = await aQrCode(world, { storeId: store.id });
  world.gateway.next(cut, agrees);
  await modifyQrCode(world.domain, {
    caller: world.owner,
    qrCodeId: qrCode.id,
    storeName: 'Dragon Tea West',
    label: 'Counter 9',
  });
  world.clock.advance(2_000);

  await settle();

  expect(await reload(world, qrCode)).toMatchObject({
    label: 'Counter 9',
    pendingChange: null,
    pendingModification: null,
  });
  expect(await world.database.manager.findOneBy(Store, { id: store.id })).toMatchObject({
    name: 'Dragon Tea West',
    address: store.address,
  });
  const contents = world.gateway.requestsTo(MODIFY).map((request) => request['biz_data']);
  expect(new Set(contents).size).toBe(1);
});

test('a stop refused in the background leaves the code as it was', async () => {
  const qrCode = await aQrCode(world);
  world.gateway.next(cut, refusal('ILLEGAL_ARGUMENT'));
  await stopQrCode(world.domain, { caller: world.owner, qrCodeId: qrCode.id });
  world.clock.advance(2_000);

  await settle();

  expect(await reload(world, qrCode)).toMatchObject({ status: 'ACTIVE', pendingChange: null });
  expect(world.log).toMatchObject([{ level: 'warn', ids: { change: 'STOP' } }]);
});
