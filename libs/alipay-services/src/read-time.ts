import { AlipayProtocolError, parseGatewayTime } from '@countersign/alipay-protocol';

/**
 * A time in an answer or notification, Beijing time in one of the two shapes Alipay writes. One in
 * another shape is left out rather than refused: no sale may hang on how a time is written, and the
 * text itself stays in the record of the message.
 */
export function readTime(text: string | undefined): Date | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return parseGatewayTime(text);
  } catch (error) {
    if (error instanceof AlipayProtocolError) return undefined;
    throw error;
  }
}
