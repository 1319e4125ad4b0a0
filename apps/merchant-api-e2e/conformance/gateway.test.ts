import { type AlipayClient, createAlipayClient, type Outcome } from '@countersign/alipay-services';

import {
  type ConformanceTarget,
  isLiveNamed,
  openLive,
  openSimulator,
} from '../support/conformance-target';

/**
 * What the product takes for granted about the gateway (PROTOCOL.md), asked of one. Against the
 * simulator always; against Alipay's sandbox when `CONFORMANCE_GATEWAY_URL` and the `ALIPAY_…` keys
 * are in the environment. Where PROTOCOL.md leaves a question open (U…), the answer is printed.
 */
const TARGETS: [string, () => Promise<ConformanceTarget> | ConformanceTarget][] = [
  ['the simulator', openSimulator],
];
if (isLiveNamed(process.env)) TARGETS.push(['Alipay', () => openLive(process.env)]);

describe.each(TARGETS)('%s', (name, open) => {
  let target: ConformanceTarget;
  let alipay: AlipayClient;
  let qrcode = '';
  let paid: Awaited<ReturnType<ConformanceTarget['pay']>>;
  const run = `C${Date.now()}`;
  const bizData = {
    secondaryMerchantIndustry: '5812',
    secondaryMerchantId: run,
    secondaryMerchantName: '合規測試',
    storeId: run,
    storeName: '合規測試（中環）',
    transCurrency: 'HKD',
    currency: 'HKD',
    countryCode: 'HK',
    address: '中環',
  };
  const learnt: string[] = [];

  beforeAll(async () => {
    target = await open();
    alipay = createAlipayClient({ ...target, timeoutMs: 20_000 });
  });
  afterAll(async () => {
    await alipay.close();
    await target.close();
    if (name !== 'the simulator') process.stderr.write(`${learnt.join('\n')}\n`);
  });

  /** Which of the readings that PROTOCOL.md names the gateway has. */
  function learn<Answer>(question: string, outcome: Outcome<Answer>, readings: string[]): void {
    const reading = outcome.kind === 'SUCCEEDED' ? 'SUCCESS' : (outcome.alipayCode ?? outcome.kind);
    learnt.push(`${question}: ${reading}`);
    expect(readings).toContain(reading);
  }

  test('a request that a stranger signed is refused at the door', async () => {
    const stranger = createAlipayClient({ ...target, signer: target.strangersSigner });

    const outcome = await stranger.overseasQuery({ partnerTransId: run });
    await stranger.close();

    expect(outcome).toMatchObject({ kind: 'REJECTED', alipayCode: 'ILLEGAL_SIGN', signed: false });
  });

  test('a payment that nobody made is a signed no (U19)', async () => {
    const outcome = await alipay.overseasQuery({ partnerTransId: run });

    expect(outcome).toMatchObject({ kind: 'REJECTED', signed: true });
    learn('U19 unknown trade', outcome, ['TRADE_NOT_EXIST', 'TRANS_NOT_FOUND']);
  });

  test('a payment that nobody made can be cancelled, or is not there (U21)', async () => {
    const outcome = await alipay.acquireCancel({ outTradeNo: run });

    learn('U21 cancel of an unknown trade', outcome, ['SUCCESS', 'TRADE_NOT_EXIST']);
  });

  test('a payment that nobody made cannot be refunded', async () => {
    const outcome = await alipay.spotRefund({
      partnerTransId: run,
      partnerRefundId: `${run}N`,
      amount: { minor: 100n, currency: 'HKD' },
    });

    expect(outcome).toMatchObject({ kind: 'REJECTED', signed: true });
  });

  test('a notification that nobody sent is not vouched for', async () => {
    expect(await alipay.notifyVerify({ notifyId: run })).toMatchObject({
      kind: 'SUCCEEDED',
      answer: { isVouchedFor: false },
    });
  });

  test('a store gets a code, with its name in Chinese', async () => {
    const outcome = await alipay.qrcodeCreate({ bizData });

    expect(outcome).toMatchObject({
      kind: 'SUCCEEDED',
      answer: { qrcode: expect.stringMatching(/^https?:\/\//) as string },
    });
    if (outcome.kind === 'SUCCEEDED') qrcode = outcome.answer.qrcode;
  });

  test('the same again is the same code, or is refused (U12)', async () => {
    const again = await alipay.qrcodeCreate({ bizData });

    if (again.kind === 'SUCCEEDED') expect(again.answer.qrcode).toBe(qrcode);
    else expect(again.kind).toBe('REJECTED');
    learnt.push(`U12 repeated create: ${again.kind}`);
  });

  test('a code is changed, stopped and restarted', async () => {
    for (const change of [
      () => alipay.qrcodeModify({ qrcode, bizData: { ...bizData, storeName: '新名' } }),
      () => alipay.qrcodeModifyStatus({ qrcode, status: 'STOP' }),
      () => alipay.qrcodeModifyStatus({ qrcode, status: 'RESTART' }),
    ]) {
      expect(await change()).toMatchObject({ kind: 'SUCCEEDED' });
    }
  });

  test('a payment is told of by query, with its amount', async () => {
    paid = await target.pay(qrcode);
    if (paid === null) {
      learnt.push('nobody paid: set CONFORMANCE_PAID to try refunds and cancels');
      return;
    }
    const { partnerTransId, minor, currency } = paid;

    expect(await alipay.overseasQuery({ partnerTransId })).toMatchObject({
      kind: 'SUCCEEDED',
      answer: { partnerTransId, amount: { minor, currency } },
    });
  });

  test('a refund is done once under its id, however often it is asked for', async () => {
    if (paid === null) return;
    const refund = {
      partnerTransId: paid.partnerTransId,
      partnerRefundId: `${run}R`,
      amount: { minor: 100n, currency: paid.currency },
      reason: '合規測試',
    };

    const first = await alipay.spotRefund(refund);
    const again = await alipay.spotRefund(refund);
    const query = await alipay.refundQuery({
      outTradeNo: paid.partnerTransId,
      outReturnNo: refund.partnerRefundId,
    });

    for (const outcome of [first, again]) {
      expect(outcome).toMatchObject({
        kind: 'SUCCEEDED',
        answer: { partnerRefundId: refund.partnerRefundId, amount: refund.amount },
      });
    }
    expect(query).toMatchObject({ kind: 'SUCCEEDED', answer: { refundStatus: 'SUCCESS' } });
  });

  test('a refund that nobody asked for is not found', async () => {
    if (paid === null) return;

    expect(
      await alipay.refundQuery({ outTradeNo: paid.partnerTransId, outReturnNo: `${run}N` }),
    ).toMatchObject({ kind: 'SUCCEEDED', answer: { refundStatus: 'NOT_FOUND' } });
  });

  test('more than is left is refused, and moves nothing', async () => {
    if (paid === null) return;

    const outcome = await alipay.spotRefund({
      partnerTransId: paid.partnerTransId,
      partnerRefundId: `${run}M`,
      amount: { minor: paid.minor, currency: paid.currency },
    });

    expect(outcome).toMatchObject({ kind: 'REJECTED', signed: true });
  });

  test('a store that nobody submitted is not known (U38)', async () => {
    const outcome = await alipay.secmerchantQueryStatus({
      secondaryMerchantId: `${run}N`,
      storeId: `${run}N`,
    });

    expect(outcome).toMatchObject({ kind: 'SUCCEEDED', answer: { status: 'NOT_FOUND' } });
  });

  test('a code is deleted in the end', async () => {
    expect(await alipay.qrcodeModifyStatus({ qrcode, status: 'DELETE' })).toMatchObject({
      kind: 'SUCCEEDED',
    });
  });
});
