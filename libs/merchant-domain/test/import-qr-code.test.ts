import { Forbidden } from '../src/access/access.rules';
import { createQrCode } from '../src/qr-code/create-qr-code';
import { type ImportQrCode, importQrCode } from '../src/qr-code/import-qr-code';
import { agrees, bizDataOf, codeOf, createCommand, MODIFY, reload } from './support/codes';
import { cut, refusal, signed } from './support/gateway';
import { aQrCode, aStore } from './support/records';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => {
  world.gateway.forget();
});
afterAll(() => world.close());

function importCommand(storeId: string, own: Partial<ImportQrCode> = {}): ImportQrCode {
  return {
    ...createCommand(world, storeId),
    code: `https://qr.alipay.com/wall${world.domain.newId()}`,
    ...own,
  };
}

describe('taking over a code is refused', () => {
  test('to a CASHIER, as forbidden', async () => {
    const store = await aStore(world);
    const command = importCommand(store.id, { caller: callerOf('CASHIER') });

    await expect(importQrCode(world.domain, command)).rejects.toThrow(Forbidden);
  });

  test('for a store outside of the manager’s', async () => {
    const store = await aStore(world);
    const command = importCommand(store.id, { caller: callerOf('MANAGER', { storeIds: [] }) });

    expect(await importQrCode(world.domain, command)).toMatchObject({ refusal: 'NOT_FOUND' });
  });

  test.each([
    ['nothing', ' '],
    ['words', 'the one on the wall'],
    ['a quotation mark', 'https://qr.alipay.com/"x'],
    ['an endless text', 'x'.repeat(513)],
  ])('when it says %s', async (_what, code) => {
    const store = await aStore(world);

    const result = await importQrCode(world.domain, importCommand(store.id, { code }));

    expect(result).toMatchObject({ refusal: 'INVALID_INPUT', field: ['code'] });
  });

  test('when another store has it', async () => {
    const taken = await aQrCode(world);
    const store = await aStore(world);

    const result = await importQrCode(
      world.domain,
      importCommand(store.id, { code: taken.code ?? '' }),
    );

    expect(result).toMatchObject({ refusal: 'INVALID_INPUT', field: ['code'] });
    expect(world.gateway.requests).toEqual([]);
  });

  test('when the store has another code of that kind, naming it', async () => {
    const live = await aQrCode(world);

    const result = await importQrCode(world.domain, importCommand(live.storeId));

    expect(result).toMatchObject({
      refusal: 'INVALID_INPUT',
      field: ['code'],
      message: expect.stringContaining(live.code ?? '-') as string,
    });
  });

  test('when the store had it and it was deleted, which is for ever', async () => {
    const deleted = await aQrCode(world, { status: 'DELETED' });

    const result = await importQrCode(
      world.domain,
      importCommand(deleted.storeId, { code: deleted.code ?? '' }),
    );

    expect(result).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
      qrCode: { id: deleted.id, status: 'DELETED' },
    });
    expect(world.gateway.requests).toEqual([]);
  });

  test('by Alipay, and the code can be taken over later', async () => {
    const store = await aStore(world);
    const command = importCommand(store.id);
    world.gateway.next(refusal('ILLEGAL_ARGUMENT'), agrees);

    const refused = await importQrCode(world.domain, command);
    const later = await importQrCode(world.domain, command);

    expect(refused).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      alipayCode: 'ILLEGAL_ARGUMENT',
      qrCode: { status: 'REJECTED', rejectionCode: 'ILLEGAL_ARGUMENT', code: command.code },
    });
    expect(codeOf(later)).toMatchObject({ status: 'ACTIVE', code: command.code });
    expect(codeOf(later).id).not.toBe(codeOf(refused).id);
  });
});

describe('taking over a code', () => {
  test('sends our address and the content for the code as it is', async () => {
    const store = await aStore(world, { alipayStoreId: 'S-wall' });
    const command = importCommand(store.id, { channelFee: { type: 'RATE', value: '0.01' } });
    world.gateway.next(agrees);

    const result = await importQrCode(world.domain, command);

    expect(codeOf(result)).toMatchObject({
      status: 'ACTIVE',
      code: command.code,
      channelFeeValue: '0.01',
      pendingChange: null,
    });
    const [request] = world.gateway.requestsTo(MODIFY);
    expect(request).toMatchObject({
      qrcode: command.code,
      notify_url: expect.stringMatching(/^https:\/\/shop\.example\//) as string,
    });
    expect(bizDataOf(request)).toMatchObject({
      store_id: 'S-wall',
      channel_fee: { type: 'RATE', value: '0.01' },
    });
  });

  test('returns the store’s own code when it is on record already', async () => {
    const known = await aQrCode(world);

    const result = await importQrCode(
      world.domain,
      importCommand(known.storeId, { code: known.code ?? '' }),
    );

    expect(result).toEqual({ qrCode: known });
    expect(world.gateway.requests).toEqual([]);
  });

  test('leaves it pending, with its code, when no answer comes', async () => {
    const store = await aStore(world);
    const command = importCommand(store.id);
    world.gateway.next(cut);

    const result = await importQrCode(world.domain, command);

    expect(codeOf(result)).toMatchObject({
      status: 'PENDING',
      pendingChange: 'IMPORT',
      code: command.code,
    });
  });

  test('gives a refused code up to the store that Alipay issues it for', async () => {
    const store = await aStore(world);
    const command = importCommand(store.id);
    world.gateway.next(refusal('ILLEGAL_ARGUMENT'), signed({ qrcode: command.code }));
    const refused = await importQrCode(world.domain, command);

    const created = await createQrCode(world.domain, createCommand(world, store.id));

    expect(codeOf(created)).toMatchObject({ status: 'ACTIVE', code: command.code });
    expect(await reload(world, codeOf(refused))).toMatchObject({ status: 'REJECTED', code: null });
  });
});
