import { Client } from 'pg';

import { openDatabase } from '../src/database/open-database';
import { processNotifications } from '../src/inbox/process-notifications';
import { Merchant } from '../src/merchant/merchant.entity';
import { type QrCodeOutcome } from '../src/qr-code/ask-alipay';
import { QrCode } from '../src/qr-code/qr-code.entity';
import { settlePendingQrCodes } from '../src/qr-code/settle-pending-qr-codes';
import { settleQrCode } from '../src/qr-code/settle-qr-code';
import { Store } from '../src/store/store.entity';
import { Transaction } from '../src/transaction/transaction.entity';
import { agrees, reload } from './support/codes';
import { refusal } from './support/gateway';
import { findTrade, notify, openInbox, paymentFields } from './support/payments';
import { aQrCode, aStore, aTransaction } from './support/records';
import { untilWaiting } from './support/until-waiting';
import { createWorld, type World } from './support/world';

const unknown = { kind: 'UNKNOWN', cause: 'silence' } as const;
const no = { kind: 'REJECTED', alipayCode: 'ILLEGAL_ARGUMENT', signed: true } as const;
const NEW_CODE = 'https://qr.alipay.com/new';
const IMAGE = 'https://mobilecodec.alipay.com/new';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

function yes(qrcode = NEW_CODE, qrcodeImgUrl?: string): QrCodeOutcome {
  return { kind: 'SUCCEEDED', answer: { qrcode, ...(qrcodeImgUrl && { qrcodeImgUrl }) } };
}

/** A code with a change under way, a second before now. */
async function pending(
  pendingChange: NonNullable<QrCode['pendingChange']>,
  own: Partial<QrCode> = {},
): Promise<QrCode> {
  const isNew = pendingChange === 'CREATE' || pendingChange === 'IMPORT';
  const qrCode = await aQrCode(world, {
    pendingChange,
    nextCheckAt: world.clock.now(),
    ...(isNew ? { status: 'PENDING' } : {}),
    ...(pendingChange === 'CREATE' ? { code: null } : {}),
    ...own,
  });
  world.clock.advance(1_000);
  return reload(world, qrCode);
}

function withChange(qrCode: QrCode, change: Partial<QrCode>): QrCode {
  return Object.assign(new QrCode(), qrCode, change);
}

/** As it is when nothing is pending any more. */
function settled(qrCode: QrCode, change: Partial<QrCode> = {}): QrCode {
  return withChange(qrCode, {
    pendingChange: null,
    pendingModification: null,
    nextCheckAt: null,
    updatedAt: world.clock.now(),
    ...change,
  });
}

test('what was asked about must be there', async () => {
  const id = world.domain.newId();

  await expect(settleQrCode(world.domain, id, 'STOP', yes())).rejects.toThrow(
    `the code ${id} that was asked about is gone`,
  );
});

test('an answer to another change than the pending one changes nothing', async () => {
  const stopping = await pending('STOP');

  for (const outcome of [yes(), no, unknown]) {
    expect(await settleQrCode(world.domain, stopping.id, 'DELETE', outcome)).toEqual({
      qrCode: stopping,
    });
  }
  expect(await reload(world, stopping)).toEqual(stopping);
});

test.each([
  [1, 2_000],
  [3, 8_000],
])('without an answer to call %i it is asked again after %i ms', async (attempts, pauseMs) => {
  const [stopping, bystander] = [await pending('STOP', { attempts }), await pending('STOP')];
  const nextCheckAt = new Date(world.clock.now().getTime() + pauseMs);

  const result = await settleQrCode(world.domain, stopping.id, 'STOP', unknown);

  expect(result).toEqual({ qrCode: withChange(stopping, { nextCheckAt }) });
  expect(await reload(world, stopping)).toEqual(withChange(stopping, { nextCheckAt }));
  expect(await reload(world, bystander)).toEqual(bystander);
});

test.each([
  ['CREATE', { status: 'REJECTED', rejectionCode: 'ILLEGAL_ARGUMENT' }],
  ['IMPORT', { status: 'REJECTED', rejectionCode: 'ILLEGAL_ARGUMENT' }],
  ['STOP', {}],
  ['MODIFY', {}],
] as const)('a no to a %s settles it, and is a refusal', async (change, becomes) => {
  const [asked, bystander] = [await pending(change), await pending(change)];

  const result = await settleQrCode(world.domain, asked.id, change, no);

  expect(result).toMatchObject({ refusal: 'ALIPAY_REJECTED', alipayCode: 'ILLEGAL_ARGUMENT' });
  expect(result.qrCode).toEqual(settled(asked, becomes));
  expect(await reload(world, asked)).toEqual(settled(asked, becomes));
  expect(await reload(world, bystander)).toEqual(bystander);
});

test.each([
  ['STOP', { status: 'STOPPED' }],
  ['DELETE', { status: 'DELETED' }],
  ['IMPORT', { status: 'ACTIVE' }],
  ['MODIFY', {}],
] as const)('a yes to a %s settles it, under the code it has', async (change, becomes) => {
  const asked = await pending(change);

  const result = await settleQrCode(world.domain, asked.id, change, yes(NEW_CODE, IMAGE));

  expect(result).toEqual({ qrCode: settled(asked, becomes) });
  expect(await reload(world, asked)).toEqual(settled(asked, becomes));
});

describe('a yes to a CREATE', () => {
  test.each([
    [IMAGE, IMAGE],
    [undefined, null],
  ])('brings the code, and the image %s', async (image, alipayImageUrl) => {
    const asked = await pending('CREATE');

    const result = await settleQrCode(world.domain, asked.id, 'CREATE', yes(NEW_CODE, image));

    const becomes = { status: 'ACTIVE', code: NEW_CODE, alipayImageUrl } as const;
    expect(result).toEqual({ qrCode: settled(asked, becomes) });
    expect(await reload(world, asked)).toEqual(settled(asked, becomes));
  });

  test('with the code of another counter is refused', async () => {
    const other = await aQrCode(world, { code: NEW_CODE });
    const asked = await pending('CREATE');

    const result = await settleQrCode(world.domain, asked.id, 'CREATE', yes());

    const becomes = {
      ...({ status: 'REJECTED', rejectionCode: 'CODE_ALREADY_IN_USE' } as const),
      sameAsId: other.id,
    };
    expect(result).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      alipayCode: 'CODE_ALREADY_IN_USE',
    });
    expect(result.qrCode).toEqual(settled(asked, becomes));
    expect(await reload(world, asked)).toEqual(settled(asked, becomes));
    expect(await reload(world, other)).toMatchObject({ code: NEW_CODE, status: 'ACTIVE' });
  });

  test('with a code that is being taken over elsewhere is for that one, until Alipay refuses it', async () => {
    const importing = await pending('IMPORT', { code: NEW_CODE });
    const asked = await pending('CREATE');
    await settleQrCode(world.domain, asked.id, 'CREATE', yes());
    expect(await reload(world, asked)).toMatchObject({ sameAsId: importing.id });

    await settleQrCode(world.domain, importing.id, 'IMPORT', no);

    expect(await reload(world, asked)).toMatchObject({ status: 'REJECTED', sameAsId: null });
  });

  test('with the code of another counter waits for the inbox without holding it up', async () => {
    const other = await aQrCode(world, { code: NEW_CODE });
    const asked = await pending('CREATE');
    const payment = await aTransaction(world, { qrCodeId: asked.id, storeId: asked.storeId });
    const inbox = new Client({ connectionString: world.database.url });
    await inbox.connect();
    try {
      await inbox.query('begin');
      await inbox.query('select from transactions for no key update');
      const settling = settleQrCode(world.domain, asked.id, 'CREATE', yes());
      await untilWaiting(world, 1);

      await inbox.query('update qr_codes set last_notified_at = $2 where id = $1', [
        asked.id,
        world.clock.now(),
      ]);
      await inbox.query('commit');

      expect(await settling).toMatchObject({ alipayCode: 'CODE_ALREADY_IN_USE' });
    } finally {
      await inbox.end();
    }
    const moved = await world.database.manager.findOneBy(Transaction, { id: payment.id });
    expect(moved).toMatchObject({ qrCodeId: other.id, storeId: other.storeId });
  });

  test('and the first payment at its address, told meanwhile, never wait for each other', async () => {
    const refused = await aQrCode(world, { code: NEW_CODE, status: 'REJECTED' });
    const asked = await pending('CREATE');
    const inbox = openInbox(world);
    const fields = paymentFields();
    await notify(inbox, fields, asked.id);
    await inbox.close();
    const somebody = new Client({ connectionString: world.database.url });
    await somebody.connect();
    // PostgreSQL, which ends a ring after a second, leaves one alone here: whoever is in it stays there.
    const { database: name } = somebody;
    await somebody.query(`alter database "${name}" set deadlock_timeout = '10min'`);
    const database = await openDatabase({ url: world.database.url });
    const domain = { ...world.domain, database };
    try {
      await somebody.query('begin');
      await somebody.query('select from qr_codes where id = $1 for no key update', [refused.id]);
      const settling = settleQrCode(domain, asked.id, 'CREATE', yes());
      await untilWaiting(world, 1);
      const applying = processNotifications(domain, { limit: 100 });
      await untilWaiting(world, 2);
      await somebody.query('commit');

      await Promise.all([settling, applying]);
    } finally {
      await somebody.query(`alter database "${name}" reset deadlock_timeout`);
      await Promise.all([somebody.end(), database.close()]);
    }
    expect(await reload(world, asked)).toMatchObject({ code: NEW_CODE, status: 'ACTIVE' });
    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: asked.id, status: 'PAID' });
  }, 20_000);

  test('that the database refuses for another reason is no refusal of Alipay’s, and stays pending', async () => {
    const asked = await pending('CREATE');
    const { manager } = world.database;
    await manager.query(`alter table qr_codes add constraint broken check (code <> '${NEW_CODE}')`);
    try {
      await expect(settleQrCode(world.domain, asked.id, 'CREATE', yes())).rejects.toThrow('broken');
    } finally {
      await manager.query('alter table qr_codes drop constraint broken');
    }

    expect(await reload(world, asked)).toEqual(asked);
  });

  test('with the code of a refused import takes it over', async () => {
    const refused = await aQrCode(world, { code: NEW_CODE, status: 'REJECTED' });
    const asked = await pending('CREATE');

    await settleQrCode(world.domain, asked.id, 'CREATE', yes());

    expect(await reload(world, asked)).toMatchObject({ code: NEW_CODE, status: 'ACTIVE' });
    expect(await reload(world, refused)).toMatchObject({ code: null, status: 'REJECTED' });
  });
});

describe('what Alipay now shows to customers becomes what our records say', () => {
  const fee = { channelFeeType: 'RATE', channelFeeValue: '0.01' } as const;
  test.each<[string, NonNullable<QrCode['pendingModification']>]>([
    ['nothing', {}],
    ['the name of the store', { storeName: 'West' }],
    ['its address', { address: '2 King Road' }],
    ['both', { storeName: 'West', address: '2 King Road' }],
    ['the name of the merchant', { merchantName: 'Tea Shop' }],
    ['the label', { label: 'Counter 9' }],
    ['no label any more', { label: null }],
    ['the type of the fee', { channelFeeType: 'FIXED' }],
    ['the fee', { channelFeeValue: '0.02' }],
  ])('%s', async (_what, pendingModification) => {
    const earlier = world.clock.now();
    const [otherStore, store] = [await aStore(world), await aStore(world)];
    const own = { ...fee, label: 'Counter 1', pendingModification, storeId: store.id };
    const bystander = await aQrCode(world, { storeId: otherStore.id });
    const asked = await pending('MODIFY', own);

    const result = await settleQrCode(world.domain, asked.id, 'MODIFY', yes());

    const { storeName, address, merchantName, ...ofCode } = pendingModification;
    const at = (isChanged: boolean): Date => (isChanged ? world.clock.now() : earlier);
    const { manager } = world.database;
    expect(result).toEqual({ qrCode: settled(asked, ofCode) });
    expect(await reload(world, asked)).toEqual(settled(asked, ofCode));
    expect(await reload(world, bystander)).toMatchObject({ label: null, updatedAt: earlier });
    expect(await manager.findOneBy(Store, { id: store.id })).toMatchObject({
      name: storeName ?? store.name,
      address: address ?? store.address,
      updatedAt: at(storeName !== undefined || address !== undefined),
    });
    expect(await manager.findOneBy(Store, { id: otherStore.id })).toMatchObject({
      name: otherStore.name,
      updatedAt: earlier,
    });
    expect(await manager.findOneBy(Merchant, { id: store.merchantId })).toMatchObject({
      name: merchantName ?? 'Noodle Shop',
      updatedAt: at(merchantName !== undefined),
    });
    expect(await manager.findOneBy(Merchant, { id: otherStore.merchantId })).toMatchObject({
      name: 'Noodle Shop',
    });
  });
});

test('whoever watches the code hears of its end, and of nothing before', async () => {
  const asked = await pending('STOP');
  const heard: (string | undefined)[] = [];
  const client = new Client({ connectionString: world.database.url });
  await client.connect();
  client.on('notification', ({ payload }) => heard.push(payload));
  await client.query('listen countersign');

  await settleQrCode(world.domain, asked.id, 'STOP', unknown);
  await settleQrCode(world.domain, asked.id, 'STOP', yes());
  await client.query('select 1');

  await client.end();
  expect(heard).toEqual([`qr:${asked.id}`]);
});

describe('in the background', () => {
  function settle(limit = 10): Promise<number> {
    return settlePendingQrCodes(world.domain, { limit });
  }

  test('a refusal is told with its code and change', async () => {
    const asked = await pending('STOP');
    world.gateway.next(refusal('ILLEGAL_ARGUMENT'));

    expect(await settle()).toBe(1);

    expect(world.log).toEqual([
      {
        level: 'warn',
        fact: 'a change of a code that was pending is refused',
        ids: {
          qrCodeId: asked.id,
          change: 'STOP',
          alipayCode: 'ILLEGAL_ARGUMENT',
          attempts: 2,
        },
      },
    ]);
  });

  test('a yes is not worth a word', async () => {
    const asked = await pending('STOP');
    world.gateway.next(agrees);

    await settle();

    expect(await reload(world, asked)).toMatchObject({ status: 'STOPPED' });
    expect(world.log).toEqual([]);
  });

  test('a host that keeps no log misses nothing else', async () => {
    const { log: _, ...silent } = world.domain;
    const asked = [await pending('STOP'), await pending('STOP'), await pending('STOP')];
    world.gateway.next(refusal('ILLEGAL_ARGUMENT'), agrees, agrees);
    const { manager } = world.database;
    await manager.query(
      `alter table qr_codes add constraint broken check (id <> '${asked[1]?.id}' or status = 'ACTIVE')`,
    );
    try {
      expect(await settlePendingQrCodes(silent, { limit: 10 })).toBe(3);
    } finally {
      await manager.query('alter table qr_codes drop constraint broken');
    }
  });

  test('one that cannot be settled is told, and stops no other', async () => {
    const [first, second] = [await pending('STOP'), await pending('STOP')];
    world.gateway.next(agrees, agrees);
    const { manager } = world.database;
    await manager.query(
      `alter table qr_codes add constraint broken check (id <> '${first.id}' or status = 'ACTIVE')`,
    );
    try {
      expect(await settle()).toBe(2);
    } finally {
      await manager.query('alter table qr_codes drop constraint broken');
    }

    expect(await reload(world, first)).toMatchObject({ pendingChange: 'STOP', attempts: 2 });
    expect(await reload(world, second)).toMatchObject({ status: 'STOPPED' });
    expect(world.log).toEqual([
      {
        level: 'error',
        fact: 'a pending change of a code could not be settled',
        ids: { qrCodeId: first.id, change: 'STOP', error: expect.any(Error) as Error },
      },
    ]);
  });
});
