import { createAlipayClient, type GatewayCallReport } from '@countersign/alipay-services';

import { Forbidden } from '../src/access/access.rules';
import { type Page } from '../src/database/keyset-page';
import { findGatewayCall, gatewayCallsPage } from '../src/gateway-call/gateway-call.queries';
import { GatewayCall } from '../src/gateway-call/gateway-call.entity';
import { recordGatewayCall } from '../src/gateway-call/record-gateway-call';
import { findNotification, inboxAge, notificationsPage } from '../src/inbox/notification.queries';
import { createQrCode } from '../src/qr-code/create-qr-code';
import { createCommand, issuesCode } from './support/codes';
import { cut, gatewaySigner, gatewayVerifier, signed } from './support/gateway';
import { aGatewayCall, aNotification, aQrCode, aStore, aTransaction } from './support/records';
import { callerOf, createWorld, PARTNER_ID, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

function idsOf(page: Page<{ readonly id: string }>): string[] {
  return page.edges.map(({ node }) => node.id).sort();
}

const REPORT: GatewayCallReport = {
  service: 'alipay.acquire.overseas.query',
  outcome: 'SUCCEEDED',
  startedAt: new Date('2026-01-02T07:00:00.123Z'),
  durationMs: 45,
  request: { service: 'alipay.acquire.overseas.query' },
  response: { result_code: 'SUCCESS' },
};

describe('the record of a call', () => {
  function record(report: Partial<GatewayCallReport>): Promise<void> {
    return recordGatewayCall(world.database, world.domain)({ ...REPORT, ...report });
  }

  function theCall(): Promise<GatewayCall> {
    return world.database.manager.findOneByOrFail(GatewayCall, {});
  }

  test('that cannot be kept fails nothing, and is told to the log', async () => {
    await record({ durationMs: Number.NaN });

    expect(world.log).toMatchObject([{ level: 'error', ids: { service: REPORT.service } }]);
  });

  test('holds what was said', async () => {
    await record({ outcome: 'UNKNOWN', alipayCode: 'SYSTEM_ERROR', cause: 'it says so' });

    expect(await theCall()).toMatchObject({
      service: REPORT.service,
      outcome: 'UNKNOWN',
      alipayCode: 'SYSTEM_ERROR',
      cause: 'it says so',
      startedAt: REPORT.startedAt,
      durationMs: 45,
      request: REPORT.request,
      response: REPORT.response,
      transactionId: null,
      storeId: null,
    });
  });

  test('is kept without an answer, too', async () => {
    await record({ response: undefined });

    expect((await theCall()).response).toBeNull();
  });

  test.each(['out_trade_no', 'partner_trans_id', 'alipay_trans_id', 'trade_no'])(
    'finds its trade and store by %s',
    async (field) => {
      const store = await aStore(world);
      const trade = await aTransaction(world, { storeId: store.id });
      const isAlipays = field === 'alipay_trans_id' || field === 'trade_no';
      const value = isAlipays ? trade.alipayTransId : (trade.partnerTransId ?? '');

      await record({ request: { [field]: value } });

      expect(await theCall()).toMatchObject({ transactionId: trade.id, storeId: store.id });
    },
  );

  test('finds the store of its code', async () => {
    const qrCode = await aQrCode(world);

    await record({ request: { qrcode: qrCode.code ?? '' } });

    expect(await theCall()).toMatchObject({ transactionId: null, storeId: qrCode.storeId });
  });

  test('is made of every call of a client, without secrets', async () => {
    const store = await aStore(world);
    const alipay = createAlipayClient({
      gatewayUrl: world.gateway.url,
      partnerId: PARTNER_ID,
      signer: gatewaySigner,
      verifier: gatewayVerifier,
      now: world.clock.now,
      onCall: recordGatewayCall(world.database, world.domain),
    });
    world.gateway.next(issuesCode());

    const result = await createQrCode({ ...world.domain, alipay }, createCommand(world, store.id));
    await alipay.close();

    expect(result).toMatchObject({ qrCode: { status: 'ACTIVE' } });
    const call = await theCall();
    expect(call).toMatchObject({
      service: 'alipay.commerce.qrcode.create',
      outcome: 'SUCCEEDED',
      storeId: store.id,
    });
    expect(call.request['notify_url']).toBe('https://shop.example/alipay/notifications/[secret]');
    expect(world.log).toEqual([]);
  });
});

describe('calls', () => {
  test('are not for a CASHIER', async () => {
    await expect(
      gatewayCallsPage(world.database, callerOf('CASHIER'), { page: {} }),
    ).rejects.toThrow(Forbidden);
  });

  test('are listed newest first, by trade and service, within the caller’s stores', async () => {
    const store = await aStore(world);
    const trade = await aTransaction(world, { storeId: store.id });
    const ofTrade = await aGatewayCall(world, { storeId: store.id, transactionId: trade.id });
    world.clock.advance(1);
    const ofStore = await aGatewayCall(world, { storeId: store.id, service: 'other' });
    const ofNobody = await aGatewayCall(world);
    const auditor = callerOf('AUDITOR', { storeIds: [store.id] });
    const list = async (filter: { transactionId?: string; service?: string }) =>
      (await gatewayCallsPage(world.database, auditor, { page: {}, ...filter })).edges.map(
        ({ node }) => node.id,
      );

    expect(await list({})).toEqual([ofStore.id, ofTrade.id]);
    expect(await list({ transactionId: trade.id })).toEqual([ofTrade.id]);
    expect(await list({ service: 'other' })).toEqual([ofStore.id]);
    expect(await findGatewayCall(world.database, auditor, { id: ofNobody.id })).toBeNull();
    expect(await findGatewayCall(world.database, world.owner, { id: ofNobody.id })).toEqual(
      ofNobody,
    );
  });
});

describe('notifications', () => {
  test('are not for a CASHIER', async () => {
    await expect(
      notificationsPage(world.database, callerOf('CASHIER'), { page: {} }),
    ).rejects.toThrow(Forbidden);
  });

  test('are of the store of their trade, or of the code they name', async () => {
    const store = await aStore(world);
    const other = await aStore(world);
    const qrCode = await aQrCode(world, { storeId: store.id });
    const trade = await aTransaction(world, { storeId: store.id });
    const theirs = await aTransaction(world, { storeId: other.id });
    const byCode = await aNotification(world, { qrCodeId: qrCode.id, status: 'QUARANTINED' });
    const byTrade = await aNotification(world, { transactionId: trade.id, status: 'APPLIED' });
    const elsewhere = await aNotification(world, {
      qrCodeId: qrCode.id,
      transactionId: theirs.id,
    });
    const unplaced = await aNotification(world);
    const manager = callerOf('MANAGER', { storeIds: [store.id] });
    const list = async (filter: object): Promise<string[]> =>
      idsOf(await notificationsPage(world.database, manager, { page: {}, ...filter }));

    expect(await list({})).toEqual([byCode.id, byTrade.id].sort());
    expect(await list({ statuses: ['APPLIED'] })).toEqual([byTrade.id]);
    expect(await list({ statuses: ['APPLIED', 'QUARANTINED'] })).toHaveLength(2);
    expect(await list({ statuses: [] })).toEqual([]);
    expect(await list({ transactionId: trade.id })).toEqual([byTrade.id]);
    expect(await findNotification(world.database, manager, { id: elsewhere.id })).toBeNull();
    expect(await findNotification(world.database, manager, { id: unplaced.id })).toBeNull();
    expect(await findNotification(world.database, world.owner, { id: unplaced.id })).toEqual(
      unplaced,
    );
  });
});

describe('the age of the inbox', () => {
  test('is nothing when all is done', async () => {
    await aNotification(world, { status: 'APPLIED' });

    expect(await inboxAge(world.database, world.clock.now())).toEqual({
      oldestUnprocessedMs: null,
      received: 0,
      quarantined: 0,
    });
  });

  test('is that of the oldest message still to do', async () => {
    await aNotification(world);
    await aNotification(world, { status: 'QUARANTINED' });
    world.clock.advance(700);
    await aNotification(world);
    world.clock.advance(300);

    expect(await inboxAge(world.database, world.clock.now())).toEqual({
      oldestUnprocessedMs: 1_000,
      received: 2,
      quarantined: 1,
    });
  });
});

test('the scripted gateway cuts and signs as told', async () => {
  world.gateway.next(cut, signed({ qrcode: 'https://qr.alipay.com/x' }));
  const ask = () =>
    world.domain.alipay.qrcodeModifyStatus({ qrcode: 'https://qr.alipay.com/x', status: 'STOP' });

  expect((await ask()).kind).toBe('UNKNOWN');
  expect((await ask()).kind).toBe('SUCCEEDED');
});
