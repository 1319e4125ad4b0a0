import { parseNotification, signedText } from '@countersign/alipay-protocol';

import type { Message } from './messages';

/** A body of which one bit is another. */
export interface Spoilt extends Message {
  readonly what: string;
  /**
   * Nothing that is signed is another: `%e7` for `%E7`, or a field without a value, which Alipay does
   * not sign (PROTOCOL.md §3.1). That is the same message, and may be taken.
   */
  readonly saysTheSame: boolean;
}

const BITS = 8;

/** Every bit of a body, one after the other; `isChosen` leaves most of them out. */
export function spoilBits(
  { body, contentType }: Message,
  isChosen: (place: number, bit: number) => boolean,
): Spoilt[] {
  const bytes = Buffer.from(body);
  const said = read(bytes, contentType);
  const spoilt: Spoilt[] = [];
  for (let place = 0; place < bytes.length; place += 1) {
    for (let bit = 0; bit < BITS; bit += 1) {
      if (!isChosen(place, bit)) continue;
      const copy = Buffer.from(bytes);
      copy[place] = (copy[place] ?? 0) ^ (1 << bit);
      spoilt.push({
        what: `bit ${bit} of byte ${place}`,
        body: new Uint8Array(copy),
        contentType,
        saysTheSame: read(copy, contentType) === said,
      });
    }
  }
  return spoilt;
}

/** What the signature covers, and the signature; null for what is no form. */
function read(bytes: Buffer, contentType: string): string | null {
  try {
    const fields = parseNotification(bytes, { contentType });
    return `${signedText(fields)}\n${fields['sign'] ?? ''}`;
  } catch {
    return null;
  }
}
