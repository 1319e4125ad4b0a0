import { AlipayProtocolError } from './errors';

/** An exact amount in the currency's smallest unit: 12.50 HKD is `{ minor: 1250n, currency: 'HKD' }`. */
export interface Money {
  readonly minor: bigint;
  readonly currency: string;
}

/**
 * The amount as Alipay writes it: major units, with all the decimals of its currency. A negative one
 * is written with its sign, for a day on which more was given back than taken; none goes on the wire.
 */
export function formatAmount({ minor, currency }: Money): string {
  const decimals = checkedDecimalsOf(currency);
  if (typeof minor !== 'bigint') throw invalid('an amount is counted in minor units, as a bigint');
  const [sign, size] = minor < 0n ? ['-', -minor] : ['', minor];
  const digits = size.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-decimals)}`;
}

/**
 * Reads `12`, `12.5` and `12.50` alike; refuses a sign, an exponent, blanks, a leading zero, more
 * decimals than the currency has, and more than 9,999,999.99 (PROTOCOL.md §9.1).
 */
export function parseAmount(text: string, currency: string): Money {
  const decimals = checkedDecimalsOf(currency);
  const [, whole, fraction = ''] = (typeof text === 'string' ? AMOUNT.exec(text) : null) ?? [];
  if (whole === undefined || fraction.length > decimals) {
    throw invalid(
      `no amount of ${currency}: digits up to 9,999,999${decimals === 0 ? '' : '.99'}, no sign`,
    );
  }
  return { minor: BigInt(whole + fraction.padEnd(decimals, '0')), currency };
}

/** How many decimals the amounts of a currency have on the wire. */
export function decimalsOf(currency: string): 0 | 2 {
  return WITHOUT_DECIMALS.includes(currency) ? 0 : 2;
}

const AMOUNT = /^(0|[1-9]\d{0,6})(?:\.(\d{1,2}))?$/;
const CURRENCY = /^[A-Z]{3}$/;
const WITHOUT_DECIMALS: readonly string[] = ['JPY', 'KRW'];

function checkedDecimalsOf(currency: string): 0 | 2 {
  if (!CURRENCY.test(currency)) throw invalid('a currency is three capital letters');
  return decimalsOf(currency);
}

function invalid(message: string): AlipayProtocolError {
  return new AlipayProtocolError('ALIPAY_AMOUNT_INVALID', message);
}
