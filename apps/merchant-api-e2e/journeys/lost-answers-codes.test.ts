import { endWorldsInAgreement } from '../support/expect-sums-agree';
import {
  byKind,
  everyKind,
  forEachKind,
  LOST_ANSWERS,
  QRCODE_CREATE,
  QRCODE_MODIFY,
  QRCODE_MODIFY_STATUS,
} from '../support/lost-answers';
import type { QrCodeShape } from '../support/shapes';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

afterEach(endWorldsInAgreement);

/** One active code per kind of lost answer, each at a store of its own. */
async function openCodes({ merchant }: World): Promise<Record<string, QrCodeShape>> {
  const owner = await merchant.registerMerchant();
  return forEachKind(async (kind) => {
    const store = await merchant.registerStore(owner.id, { name: `Before ${kind}` });
    const { qrCode } = await merchant.createQrCode({ storeId: store.id });
    if (qrCode?.status !== 'ACTIVE') throw new Error('the code was not created');
    return qrCode;
  });
}

/** The codes once nothing about them is open any more. */
async function settled(
  { merchant }: World,
  codes: Readonly<Record<string, QrCodeShape | null>>,
): Promise<Record<string, QrCodeShape>> {
  return waitFor('all codes settled', async () => {
    const now = await merchant.qrCodes();
    const found = Object.entries(codes).flatMap(([kind, code]) =>
      now
        .filter(({ id, status, changePending }) => {
          return id === code?.id && status !== 'PENDING' && !changePending;
        })
        .map((settledCode) => [kind, settledCode] as const),
    );
    return found.length === Object.keys(codes).length && Object.fromEntries(found);
  });
}

test('a create without a certain answer is PENDING, and becomes the one code of its store (decisions 4 and 5)', async () => {
  const world = await startWorld({ worker: 'apart' });
  const { merchant, gateway } = world;
  const owner = await merchant.registerMerchant();
  // An answer to a create repeats nothing of its question, so one about another code cannot be told.
  const kinds = LOST_ANSWERS.filter((kind) => kind !== 'other-answer');

  const asked = await forEachKind(async (kind) => {
    const store = await merchant.registerStore(owner.id, { name: kind });
    await gateway.fault(QRCODE_CREATE, kind);
    return merchant.createQrCode({ storeId: store.id });
  }, kinds);

  expect(
    byKind(asked, ({ qrCode, userErrors }) => [qrCode?.status, qrCode?.code, userErrors]),
  ).toEqual(everyKind(['PENDING', null, []], kinds));

  await world.startWorker();
  const codes = await settled(
    world,
    byKind(asked, ({ qrCode }) => qrCode),
  );

  expect(byKind(codes, ({ status }) => status)).toEqual(everyKind('ACTIVE', kinds));
  const issued = await gateway.codes();
  expect(issued.map(({ store_name, qrcode }) => [store_name, qrcode]).sort()).toEqual(
    kinds.map((kind) => [kind, codes[kind]?.code]).sort(),
  );
});

test('a modification without a certain answer is pending, and is what Alipay shows in the end', async () => {
  const world = await startWorld({ worker: 'apart' });
  const { merchant, gateway } = world;
  const codes = await openCodes(world);

  const asked = await forEachKind(async (kind) => {
    await gateway.fault(QRCODE_MODIFY, kind);
    return merchant.modifyQrCode({ qrCodeId: codes[kind]?.id, storeName: `After ${kind}` });
  });

  expect(
    byKind(asked, ({ qrCode, userErrors }) => [
      qrCode?.status,
      qrCode?.changePending,
      qrCode?.store.name.slice(0, 6),
      userErrors,
    ]),
  ).toEqual(everyKind(['ACTIVE', true, 'Before', []]));

  await world.startWorker();
  const modified = await settled(world, codes);

  const names = LOST_ANSWERS.map((kind) => `After ${kind}`);
  expect(Object.values(modified).map(({ store }) => store.name)).toEqual(names);
  expect((await gateway.codes()).map(({ store_name }) => store_name).sort()).toEqual(
    [...names].sort(),
  );
});

test('a stop without a certain answer is pending, and the code is stopped on both sides in the end', async () => {
  const world = await startWorld({ worker: 'apart' });
  const { merchant, gateway } = world;
  const codes = await openCodes(world);

  const asked = await forEachKind(async (kind) => {
    await gateway.fault(QRCODE_MODIFY_STATUS, kind);
    return merchant.stopQrCode({ qrCodeId: codes[kind]?.id });
  });

  expect(
    byKind(asked, ({ qrCode, userErrors }) => [qrCode?.status, qrCode?.changePending, userErrors]),
  ).toEqual(everyKind(['ACTIVE', true, []]));

  await world.startWorker();
  const stopped = await settled(world, codes);

  expect(byKind(stopped, ({ status }) => status)).toEqual(everyKind('STOPPED'));
  expect((await gateway.codes()).map(({ status }) => status)).toEqual(
    LOST_ANSWERS.map(() => 'STOPPED'),
  );
});

test('a definite no to a repeat settles a code, because no money moves here (decision 5)', async () => {
  const world = await startWorld({ worker: 'apart' });
  const { merchant, gateway } = world;
  const { qrCode, merchant: owner } = await merchant.openCounter({ name: 'Old name' });
  const store = await merchant.registerStore(owner.id);
  await gateway.fault(QRCODE_CREATE, 'reset');
  await gateway.fault(QRCODE_CREATE, 'refuse:INVALID_PARAMETER');
  await gateway.fault(QRCODE_MODIFY, 'reset');
  await gateway.fault(QRCODE_MODIFY, 'refuse-unsigned:ILLEGAL_SIGN');

  const created = await merchant.createQrCode({ storeId: store.id });
  const modified = await merchant.modifyQrCode({ qrCodeId: qrCode.id, storeName: 'New name' });
  await world.startWorker();
  const ends = await settled(world, { created: created.qrCode, modified: modified.qrCode });

  expect(ends).toMatchObject({
    created: { status: 'REJECTED', rejectionCode: 'INVALID_PARAMETER', code: null },
    modified: { status: 'ACTIVE', changePending: false, store: { name: 'Old name' } },
  });
});
