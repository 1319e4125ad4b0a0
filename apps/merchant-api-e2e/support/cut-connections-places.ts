import { headLength } from './cutting-proxy-messages';

/** One place to cut a message at: after that many bytes. */
export interface Place {
  readonly direction: 'request' | 'answer';
  readonly bytes: number;
  /** What the cut goes through, roughly: each is to meet each way of refusing the repeat. */
  readonly part: string;
}

/** The two messages of a good exchange, as a probe has seen them. */
export interface ProbedExchange {
  readonly request: Buffer;
  readonly answer: Buffer;
}

export const DIRECTIONS = ['request', 'answer'] as const;

/** Where a line of the head, a name or value of the form, or a piece of the XML begins or ends. */
export function boundaries(probe: ProbedExchange): Place[] {
  return DIRECTIONS.flatMap((direction) => {
    const message = probe[direction];
    const head = headLength(message) ?? 0;
    const ends = [...message.toString('latin1').matchAll(/\r\n|[&=<]/g)].flatMap(
      ({ 0: mark, index }) => {
        if (index < head) return mark === '\r\n' ? [index, index + 2] : [];
        return mark === '<' ? [index] : [index + 1];
      },
    );
    const places = [...new Set([0, 1, ...ends, message.length - 1, message.length])];
    return places.sort((a, b) => a - b).map((bytes) => placeAt(probe, direction, bytes));
  });
}

export function everyByte(probe: ProbedExchange): Place[] {
  return DIRECTIONS.flatMap((direction) =>
    Array.from({ length: probe[direction].length + 1 }, (_, bytes) =>
      placeAt(probe, direction, bytes),
    ),
  );
}

export function placeAt(
  probe: ProbedExchange,
  direction: 'request' | 'answer',
  bytes: number,
): Place {
  return { direction, bytes, part: `${direction}: ${partOf(probe[direction], bytes)}` };
}

function partOf(message: Buffer, bytes: number): string {
  if (bytes === 0) return 'nothing';
  if (bytes >= message.length) return 'all';
  if (bytes < (headLength(message) ?? 0)) return 'head';
  const sign = message.toString('latin1').search(/[&<]sign[=>]/);
  return sign >= 0 && bytes > sign ? 'signature' : 'body';
}
