import { AlipayProtocolError } from './errors';

/** `yyyy-MM-dd HH:mm:ss` in Beijing time, wherever this runs (PROTOCOL.md §9.2). */
export function formatGatewayTime(date: Date): string {
  const { year, month, day, hour, minute, second } = beijing(date);
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

/** `yyyyMMddHHmmss` in Beijing time, the shape of `alipay_pay_time`. */
export function formatGatewayDigits(date: Date): string {
  const { year, month, day, hour, minute, second } = beijing(date);
  return `${year}${month}${day}${hour}${minute}${second}`;
}

/** Milliseconds since 1970, the shape of a cancel's `timestamp`. */
export function formatGatewayMillis(date: Date): string {
  if (Number.isNaN(date.getTime())) throw invalid('not a point in time');
  return date.getTime().toString();
}

/** Reads Beijing time in either of Alipay's two shapes; a day the calendar lacks is refused. */
export function parseGatewayTime(text: string): Date {
  const date = readBeijing(text, SPACED) ?? readBeijing(text, DIGITS);
  if (date !== undefined) return date;
  throw invalid('not a Beijing time as yyyy-MM-dd HH:mm:ss or yyyyMMddHHmmss');
}

/** Reads `yyyyMMddHHmmss` and nothing else. */
export function parseGatewayDigits(text: string): Date {
  const date = readBeijing(text, DIGITS);
  if (date !== undefined) return date;
  throw invalid('not a Beijing time as yyyyMMddHHmmss');
}

const SPACED = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
const DIGITS = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/** China keeps one time all year; Alipay's pages call it GMT+8. */
const beijingOffsetMs = 8 * 60 * 60 * 1000;

function beijing(
  date: Date,
): Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string> {
  const shifted = new Date(date.getTime() + beijingOffsetMs);
  const year = shifted.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw invalid('not a point in time of the years 0001 to 9999');
  const two = (part: number): string => part.toString().padStart(2, '0');
  return {
    year: year.toString().padStart(4, '0'),
    month: two(shifted.getUTCMonth() + 1),
    day: two(shifted.getUTCDate()),
    hour: two(shifted.getUTCHours()),
    minute: two(shifted.getUTCMinutes()),
    second: two(shifted.getUTCSeconds()),
  };
}

function readBeijing(text: string, shape: RegExp): Date | undefined {
  const match = typeof text === 'string' ? shape.exec(text) : null;
  if (match === null) return undefined;
  const parts = match.slice(1).map(Number);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  // Not by Date.UTC: it takes the years 1 to 99 for 1901 to 1999.
  const shifted = new Date(0);
  shifted.setUTCFullYear(year, month - 1, day);
  shifted.setUTCHours(hour, minute, second);
  const isOnCalendar =
    year > 0 &&
    shifted.getUTCMonth() === month - 1 &&
    shifted.getUTCDate() === day &&
    shifted.getUTCHours() === hour &&
    shifted.getUTCMinutes() === minute &&
    shifted.getUTCSeconds() === second;
  return isOnCalendar ? new Date(shifted.getTime() - beijingOffsetMs) : undefined;
}

function invalid(message: string): AlipayProtocolError {
  return new AlipayProtocolError('ALIPAY_TIME_INVALID', message);
}
