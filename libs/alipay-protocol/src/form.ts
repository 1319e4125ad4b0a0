import { type Charset, charsetNamed, decodeText, encodeText } from './charset';
import { malformed } from './errors';
import { type Fields } from './fields';

/** One `name=value` of a form or query: still escaped, one character for each byte. */
export type RawPair = readonly [name: string, value: string];

/** Writes fields as a form or query, percent-encoded in the charset, so that only ASCII is left. */
export function encodeForm(fields: Readonly<Fields>, charset: Charset): string {
  return Object.entries(fields)
    .map(([name, value]) => `${escapeText(name, charset)}=${escapeText(value, charset)}`)
    .join('&');
}

/** Cuts a form or query into pairs, without decoding them. */
export function splitForm(form: string | Uint8Array): RawPair[] {
  const bytes = typeof form === 'string' ? Buffer.from(form, 'utf8') : form;
  if (bytes.length > formBytesMax) throw malformed(`a form of more than ${formBytesMax} bytes`);
  const pairs = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .split('&', pairsMax + 1);
  // Not cut: what stands behind would be left unread, a repeated field among it.
  if (pairs.length > pairsMax) throw malformed(`a form of more than ${pairsMax} pairs`);
  return pairs.filter((pair) => pair !== '').map(splitPair);
}

/** Decodes pairs in the charset; what does not decode makes the message malformed. */
export function decodePairs(pairs: readonly RawPair[], charset: Charset): [string, string][] {
  return pairs.map(([name, value]) => [unescapeText(name, charset), unescapeText(value, charset)]);
}

const formBytesMax = 1024 * 1024;
const pairsMax = 1000;

function splitPair(pair: string): RawPair {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

const PLAIN = /^[A-Za-z0-9._~-]*$/;

function escapeText(text: string, charset: Charset): string {
  if (PLAIN.test(text)) return text;
  const bytes = encodeText(text, charset);
  // In UTF-8, and in ASCII, which both charsets share, the built-in escaping does the same.
  if (charset === 'UTF-8' || bytes.length === text.length) return encodeURIComponent(text);
  let escaped = '';
  for (const byte of bytes) escaped += ESCAPES[byte] ?? '';
  return escaped;
}

const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return PLAIN.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

const ESCAPED = /[%+\u0080-\u00ff]/;
const BEYOND_ASCII = /[\u0080-\u00ff]/;

function unescapeText(raw: string, charset: Charset): string {
  if (!ESCAPED.test(raw)) return raw;
  const spaced = raw.includes('+') ? raw.replaceAll('+', ' ') : raw;
  // Bytes that nobody escaped are read as bytes; they may be half of a character.
  if (charset === 'UTF-8' && !BEYOND_ASCII.test(spaced)) return unescapeUtf8(spaced);
  return decodeText(unescapeBytes(spaced), charset);
}

function unescapeUtf8(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('a percent escape that is none, or bytes that are not UTF-8');
  }
}

function unescapeBytes(text: string): Buffer {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw malformed('a percent escape that is none');
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_whole, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1');
}

/** The charset that a field of the message names, whatever the others are in. */
export function charsetOfPairs(pairs: readonly RawPair[]): string | undefined {
  const label = pairs.find(([name]) => name === '_input_charset')?.[1];
  return label === undefined || label === '' ? undefined : unescapeText(label, 'UTF-8');
}

/** For messages whose charset is given by somebody who may not know it. */
export function charsetOrUtf8(label: string | undefined): Charset {
  return (label === undefined ? undefined : charsetNamed(label)) ?? 'UTF-8';
}
