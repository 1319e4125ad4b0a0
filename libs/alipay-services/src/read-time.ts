import { parseGatewayTime } from '@countersign/alipay-protocol';

/**
 * A time in an answer or notification, Beijing time in one of the two shapes Alipay writes. One in
 * another shape is left out rather than refused: no sale may hang on how a time is written, and the
 * text itself stays in the record of the message.
 */
export function readTime(text: string | undefined): Date | undefined {
  return text !== undefined && SHAPES.test(text) ? parseGatewayTime(text) : undefined;
}

const DATE = '(?:19|20)\\d{2}';
const SHAPES = new RegExp(
  `^(?:${DATE}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01]) (?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d|${DATE}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])(?:[01]\\d|2[0-3])[0-5]\\d[0-5]\\d)$`,
);
