import { StatementUnreadable } from './statement-error';

/** A line without its end, and its number in the file, from 1. */
export interface TextLine {
  readonly lineNumber: number;
  readonly text: string;
}

export interface LineSplitter {
  push(bytes: Uint8Array): TextLine[];
  /** What follows the last line end, when anything does. */
  end(): TextLine[];
}

const LINE_BYTES_MAX = 16_384;
const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Cuts bytes into lines, ended by LF or CR LF, and decodes them. Without a charset the first line
 * that is not plain ASCII decides, UTF-8 before GBK, for the whole file (PROTOCOL.md U35).
 */
export function createLineSplitter(charset?: 'UTF-8' | 'GBK'): LineSplitter {
  let rest = Buffer.alloc(0);
  let lineNumber = 0;
  let decided = charset;

  const decode = (bytes: Uint8Array): string => {
    const text = decodeLine(bytes, decided);
    if (text === undefined) throw misEncoded(lineNumber, decided);
    if (text.text.includes('\u0000')) throw holdsNul(lineNumber);
    decided = text.charset ?? decided;
    return text.text;
  };
  const take = (bytes: Buffer): TextLine => {
    lineNumber += 1;
    if (bytes.length > LINE_BYTES_MAX) throw tooLong(lineNumber);
    const text = decode(bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes);
    return { lineNumber, text: lineNumber === 1 ? withoutMark(text) : text };
  };

  return {
    push: (bytes) => {
      const lines: TextLine[] = [];
      let buffer = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
      for (let end = buffer.indexOf(LF); end >= 0; end = buffer.indexOf(LF)) {
        lines.push(take(buffer.subarray(0, end)));
        buffer = buffer.subarray(end + 1);
      }
      if (buffer.length > LINE_BYTES_MAX) throw tooLong(lineNumber + 1);
      rest = buffer;
      return lines;
    },
    end: () => (rest.length === 0 ? [] : [take(rest)]),
  };
}

const DECODERS = {
  'UTF-8': new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  GBK: new TextDecoder('gbk', { fatal: true }),
} as const;

/** What some decoders make of the byte FF, which begins no character of GBK. */
const NO_CHARACTER = '\uF8F5';

type Charset = keyof typeof DECODERS;

function decodeLine(
  bytes: Uint8Array,
  charset: Charset | undefined,
): { readonly text: string; readonly charset: Charset | undefined } | undefined {
  for (const candidate of charset === undefined ? (['UTF-8', 'GBK'] as const) : [charset]) {
    try {
      const text = DECODERS[candidate].decode(bytes);
      if (text.includes(NO_CHARACTER)) continue;
      // Plain ASCII is the same in both, and decides nothing.
      return { text, charset: text.length === bytes.length ? charset : candidate };
    } catch {
      // The next one.
    }
  }
  return undefined;
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function misEncoded(lineNumber: number, charset: Charset | undefined): StatementUnreadable {
  const wanted = charset === undefined ? 'neither UTF-8 nor GBK' : `not ${charset}`;
  return new StatementUnreadable('MIS_ENCODED', lineNumber, `holds bytes that are ${wanted}`);
}

/** What a broken transfer leaves where bytes are missing, and what no database takes for text. */
function holdsNul(lineNumber: number): StatementUnreadable {
  return new StatementUnreadable('INVALID', lineNumber, 'holds a zero byte: the file is not whole');
}

function tooLong(lineNumber: number): StatementUnreadable {
  return new StatementUnreadable(
    'FOREIGN',
    lineNumber,
    `is longer than ${LINE_BYTES_MAX} bytes: this is no statement file`,
  );
}
