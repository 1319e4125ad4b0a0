import type { Crossing } from './interleave-crossing';
import { SPOT_REFUND } from './lost-answers';
import { cancel, claim, payAndHear, refund } from './interleave-payments';
import { differences } from './interleave-books';
import type { Site } from './interleave-site';

/** What people ask for at the same time. */
export const money = {
  'two refunds that together exceed the payment': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: refund(payment, '6.00', 'k'), b: refund(payment, '5.00', 'l') },
      trades: [payment.trade_no],
      told: eitherWay('SUCCEEDED', 'AMOUNT_EXCEEDS_REFUNDABLE'),
    };
  },
  'two refunds that together are the payment': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: refund(payment, '6.00', 'k'), b: refund(payment, '4.00', 'l') },
      trades: [payment.trade_no],
      told: [['SUCCEEDED', 'SUCCEEDED']],
    };
  },
  'the same refund twice': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: refund(payment, '6.00', 'k'), b: refund(payment, '6.00', 'k') },
      trades: [payment.trade_no],
      told: eitherWay('SUCCEEDED', 'REPLAYED'),
      findings: () => findingsInCalls(site, payment.id, SPOT_REFUND, 1),
    };
  },
  'one key for two refunds': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: refund(payment, '4.00', 'k'), b: refund(payment, '5.00', 'k') },
      trades: [payment.trade_no],
      told: eitherWay('SUCCEEDED', 'IDEMPOTENCY_CONFLICT'),
    };
  },
  'the same refund twice, and Alipay refuses the first call': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(SPOT_REFUND, 'refuse:MERCHANT_BALANCE_NOT_ENOUGH');
    return {
      deeds: { a: refund(payment, '6.00', 'k'), b: refund(payment, '6.00', 'k') },
      trades: [payment.trade_no],
      told: [
        ...eitherWay('ALIPAY_REJECTED', 'SUCCEEDED'),
        ...eitherWay('ALIPAY_REJECTED', 'REPLAYED'),
      ],
    };
  },
  'a refund and a cancel': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: refund(payment, '6.00', 'k'), b: cancel(payment) },
      trades: [payment.trade_no],
      told: REFUND_OR_CANCEL,
    };
  },
  'a refund and a cancel, and the answer of each is lost': async (site) => {
    const payment = await payAndHear(site);
    await site.gateway.fault(SPOT_REFUND, 'reset-after-effect');
    await site.gateway.fault('alipay.acquire.cancel', 'reset-after-effect');
    return {
      deeds: { a: refund(payment, '6.00', 'k'), b: cancel(payment) },
      trades: [payment.trade_no],
      told: [
        ['PENDING', 'NOT_ALLOWED_IN_STATE'],
        ['NOT_ALLOWED_IN_STATE', 'CANCEL_PENDING'],
      ],
    };
  },
  'two cancels': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: cancel(payment), b: cancel(payment) },
      trades: [payment.trade_no],
      told: [['CANCELLED', 'CANCELLED'], ...eitherWay('CANCELLED', 'CANCEL_PENDING')],
      findings: () => findingsInCalls(site, payment.id, 'alipay.acquire.cancel', 1),
    };
  },
  'a payment for two sales': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: claim(payment, 'sale 1'), b: claim(payment, 'sale 2') },
      trades: [payment.trade_no],
      told: eitherWay('PAID', 'ALREADY_CLAIMED'),
      findings: () => findingsInClaims(site, payment.id),
    };
  },
  'a payment for one sale, twice': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: { a: claim(payment, 'sale 1'), b: claim(payment, 'sale 1') },
      trades: [payment.trade_no],
      told: [['PAID', 'PAID']],
      findings: () => findingsInClaims(site, payment.id),
    };
  },
  'two refunds and a cancel': async (site) => {
    const payment = await payAndHear(site);
    return {
      deeds: {
        a: refund(payment, '6.00', 'k'),
        b: refund(payment, '5.00', 'l'),
        c: cancel(payment),
      },
      trades: [payment.trade_no],
      told: [
        ['SUCCEEDED', 'AMOUNT_EXCEEDS_REFUNDABLE', 'NOT_ALLOWED_IN_STATE'],
        ['AMOUNT_EXCEEDS_REFUNDABLE', 'SUCCEEDED', 'NOT_ALLOWED_IN_STATE'],
        ['NOT_ALLOWED_IN_STATE', 'NOT_ALLOWED_IN_STATE', 'CANCELLED'],
      ],
    };
  },
} satisfies Readonly<Record<string, Crossing>>;

const REFUND_OR_CANCEL = [
  ['SUCCEEDED', 'NOT_ALLOWED_IN_STATE'],
  ['NOT_ALLOWED_IN_STATE', 'CANCELLED'],
];

export function eitherWay(one: string, other: string): string[][] {
  return [
    [one, other],
    [other, one],
  ];
}

/** How often Alipay was asked for a deed. */
async function findingsInCalls(
  site: Site,
  transactionId: string,
  service: string,
  calls: number,
): Promise<string[]> {
  const made = await site.rows(
    'select from gateway_calls where transaction_id = $1 and service = $2',
    [transactionId, service],
  );
  return differences({ 'calls to Alipay': [made.length, calls] });
}

async function findingsInClaims(site: Site, transactionId: string): Promise<string[]> {
  const claims = await site.rows<{ sale: string }>(
    `select detail ->> 'saleReference' as sale from transaction_events
     where transaction_id = $1 and type = 'CLAIMED'`,
    [transactionId],
  );
  const [payment] = await site.rows<{ sale: string }>(
    'select sale_reference as sale from transactions where id = $1',
    [transactionId],
  );
  return differences({ 'CLAIMED events': [claims, [payment]] });
}
