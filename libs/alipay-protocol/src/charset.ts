import { decode as decodeByTable } from 'iconv-lite';

import { AlipayProtocolError, malformed, shown } from './errors';

/** The charsets that are read and written. GB2312 is read, as the part of GBK that it is. */
export type Charset = 'UTF-8' | 'GBK';

/** The charset of a label as messages spell it, or undefined where it is one we do not read. */
export function charsetNamed(label: string): Charset | undefined {
  return READ_AS.get(label) ?? READ_AS.get(label.toLowerCase());
}

/** The charset to read by; a label we do not read is refused. */
export function readableCharset(label: string): Charset {
  const charset = charsetNamed(label);
  if (charset === undefined) throw malformed(`the charset ${shown(label)} is not read`);
  return charset;
}

/** The charset to write in: UTF-8 or GBK. GB2312 lacks too much to be written as if it were GBK. */
export function writableCharset(label: string): Charset {
  const charset = label.toLowerCase() === 'gb2312' ? undefined : charsetNamed(label);
  if (charset === undefined) throw malformed(`the charset ${shown(label)} is not written`);
  return charset;
}

/** The charset parameter of a Content-Type, however malformed the rest of it is. */
export function contentTypeCharset(contentType: string | undefined): string | undefined {
  return /(?:^|[;,\s])charset\s*=\s*["']?([^\s;,"']+)/i.exec(contentType ?? '')?.[1];
}

/** Bytes to text, exactly: a byte that the charset does not have makes the message malformed. */
export function decodeText(bytes: Uint8Array, charset: Charset): string {
  try {
    return DECODERS[charset].decode(bytes);
  } catch {
    throw malformed(`bytes that are not ${charset}`);
  }
}

/** Text to bytes that every reader of the charset takes for the same text, or a refusal. */
export function encodeText(text: string, charset: Charset): Buffer {
  const bytes = charset === 'UTF-8' ? utf8Bytes(text) : gbkBytes(text, gbkTables().written);
  if (bytes === undefined) {
    throw new AlipayProtocolError(
      'ALIPAY_UNENCODABLE_TEXT',
      `the text holds what ${charset} lacks`,
    );
  }
  return bytes;
}

/**
 * The bytes that a received text was decoded from, also where readers disagree about them;
 * undefined when no bytes of the charset decode to it.
 */
export function receivedBytes(text: string, charset: Charset): Buffer | undefined {
  return charset === 'UTF-8' ? utf8Bytes(text) : gbkBytes(text, gbkTables().read);
}

const READ_AS: ReadonlyMap<string, Charset> = new Map([
  ['UTF-8', 'UTF-8'],
  ['utf-8', 'UTF-8'],
  ['utf8', 'UTF-8'],
  ['gbk', 'GBK'],
  ['gb2312', 'GBK'],
]);

// A byte order mark is content: it was signed like any other character.
const DECODERS: Readonly<Record<Charset, { readonly decode: (bytes: Uint8Array) => string }>> = {
  'UTF-8': new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  GBK: new TextDecoder('gbk', { fatal: true }),
};

const LONE_SURROGATE = /\p{Surrogate}/u;
const REPLACEMENT = Buffer.from('\uFFFD', 'utf8');

/** Half a character has no bytes: Node writes a replacement for it, which is quickly looked for. */
function utf8Bytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.includes(REPLACEMENT) && LONE_SURROGATE.test(text) ? undefined : bytes;
}

/** From a UTF-16 code unit to one byte, or two as a number; 0 where there is none. */
type GbkTable = Uint16Array;

function gbkBytes(text: string, table: GbkTable): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(text.length * 2);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const code = unit < 0x80 ? unit : (table[unit] ?? 0);
    if (code === 0 && unit !== 0) return undefined;
    if (code > 0xff) bytes[length++] = code >> 8;
    bytes[length++] = code & 0xff;
  }
  return bytes.subarray(0, length);
}

let tables: { readonly read: GbkTable; readonly written: GbkTable } | undefined;

/**
 * Both tables are the decoder turned round, so that what was decoded encodes to the same bytes. Newer
 * decoders read two codes as one character (A1A1 and A3A0 as a wide blank, 80 and A2E3 as €): the first
 * is what writers of GBK mean, so a signature over the other is refused. What Microsoft's table does not
 * read in the same way, and the one-byte codes above ASCII, are read as received and never written:
 * then every Node writes the same.
 */
function gbkTables(): NonNullable<typeof tables> {
  tables ??= readGbkTables();
  return tables;
}

function readGbkTables(): NonNullable<typeof tables> {
  const read = new Uint16Array(0x10000);
  const written = new Uint16Array(0x10000);
  for (let byte = 0x80; byte <= 0xff; byte += 1) {
    const text = tryDecode(Buffer.from([byte]));
    if (text?.length === 1) read[text.charCodeAt(0)] = byte;
  }
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    // A row at once, which is fifty times faster, unless some code in it means nothing.
    const row = Uint8Array.from(TRAIL_BYTES.flatMap((trail) => [lead, trail]));
    const text = tryDecode(row);
    const codes = text?.length === TRAIL_BYTES.length ? [row] : codesOf(row);
    for (const bytes of codes) learn(bytes, tryDecode(bytes));
  }
  return { read, written };

  function learn(bytes: Uint8Array, text = ''): void {
    const others = readByTable(bytes);
    for (let at = 0; at < text.length && text.length * 2 === bytes.length; at += 1) {
      const unit = text.charCodeAt(at);
      const code = ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0);
      if (read[unit] === 0) read[unit] = code;
      if (others[at] === text[at]) written[unit] = code;
    }
  }
}

/** Each code by Microsoft's table. A blank parts them: a code that means nothing may read as two. */
function readByTable(codes: Uint8Array): string[] {
  const parted = Buffer.alloc((codes.length / 2) * 3, ' ');
  for (let at = 0; at * 2 < codes.length; at += 1) {
    parted.set(codes.subarray(2 * at, 2 * at + 2), 3 * at);
  }
  return decodeByTable(parted, 'cp936').split(' ');
}

const TRAIL_BYTES = Array.from({ length: 0xbf }, (_, at) => 0x40 + at).filter(
  (trail) => trail !== 0x7f,
);

function codesOf(row: Uint8Array): Uint8Array[] {
  return TRAIL_BYTES.map((_, at) => row.subarray(2 * at, 2 * at + 2));
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return DECODERS.GBK.decode(bytes);
  } catch {
    return undefined;
  }
}
