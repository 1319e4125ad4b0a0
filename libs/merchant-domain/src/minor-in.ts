import { AlipayProtocolError, parseAmount } from '@countersign/alipay-protocol';

/** What a text of Alipay's comes to in minor units; null where it is no amount of that currency. */
export function minorIn(text: string, currency: string): bigint | null {
  try {
    return parseAmount(text, currency).minor;
  } catch (error) {
    if (error instanceof AlipayProtocolError) return null;
    throw error;
  }
}
