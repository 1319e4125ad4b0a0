import { createHmac, randomBytes } from 'node:crypto';

/** A text that looks like the given one and says nothing of it; the same for the same, for one recording. */
export type Mask = (text: string) => string;

const attemptsMax = 100;

/**
 * Puts another digit for each digit, another letter for each letter, another Chinese character for
 * each Chinese one, so that lengths, charsets and escapes stay what they were. Which, is chosen by a
 * secret that ends with the recording: nobody can try values until the masks fit.
 */
export function createMask(secret: Uint8Array = randomBytes(32)): Mask {
  const known = new Map<string, string>();
  const taken = new Set<string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    let masked = replaced(text, secret, 0);
    // Short texts have few masks: as long as there are any, none is its own text or another's mask.
    for (let attempt = 1; attempt < attemptsMax && isUnfit(masked, text, taken); attempt += 1) {
      masked = replaced(text, secret, attempt);
    }
    known.set(text, masked);
    taken.add(masked);
    return masked;
  };
}

function isUnfit(masked: string, text: string, taken: ReadonlySet<string>): boolean {
  return (masked === text && MASKABLE.test(text)) || taken.has(masked);
}

function replaced(text: string, secret: Uint8Array, attempt: number): string {
  const chance = chanceOf(text, secret, attempt);
  const kept = SIXTEEN_DIGITS_OF_ALIPAY.test(text) ? 4 : 0;
  return Array.from(text, (character, index) =>
    index < kept ? character : another(character, chance),
  ).join('');
}

/** Every account of Alipay's begins so, which tells nothing about whose it is. */
const SIXTEEN_DIGITS_OF_ALIPAY = /^2088\d{12}$/;

const MASKABLE = /[\p{L}\p{N}]|[^\p{ASCII}]/u;
const DIGITS = '0123456789';
const SMALL = 'abcdefghijklmnopqrstuvwxyz';
/** Every one of them is in UTF-8, in GBK and in GB2312. */
const CHINESE = '天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏金生水玉出山川海河江湖';

function another(character: string, chance: (sides: number) => number): string {
  const from = (set: string): string => Array.from(set)[chance(Array.from(set).length)] ?? '';
  if (/\d/.test(character)) return from(DIGITS);
  if (/[a-z]/.test(character)) return from(SMALL);
  if (/[A-Z]/.test(character)) return from(SMALL.toUpperCase());
  if (/\p{ASCII}/u.test(character)) return character;
  return from(CHINESE); // whatever it was: a letter with an accent and a smile tell something, too
}

/** Numbers that follow from the text and the secret, as many as are asked for. */
function chanceOf(text: string, secret: Uint8Array, attempt: number): (sides: number) => number {
  let block = Buffer.alloc(0);
  let at = 0;
  let count = 0;
  return (sides) => {
    if (at + 4 > block.length) {
      block = createHmac('sha256', secret).update(`${attempt} ${count} ${text}`).digest();
      at = 0;
      count += 1;
    }
    const number = block.readUInt32BE(at);
    at += 4;
    return number % sides;
  };
}
