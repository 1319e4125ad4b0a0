import { crc32, deflateSync } from 'node:zlib';

/** One row of pixels, eight in a byte, 1 for white. */
export type PixelRow = Buffer;

/** Packs the pixels of one row. */
export function pixelRow(width: number, isBlack: (x: number) => boolean): PixelRow {
  const row = Buffer.alloc(Math.ceil(width / 8), 0xff);
  for (let x = 0; x < width; x += 1) {
    if (isBlack(x)) row[x >> 3] = (row[x >> 3] ?? 0) & ~(0x80 >> (x & 7));
  }
  return row;
}

/** A black and white PNG. A bit for each pixel makes a large picture a matter of milliseconds. */
export function encodeMonochromePng(width: number, rows: readonly PixelRow[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header[8] = 1; // bit for each pixel; the zeroes after it say grey, deflated, not interlaced
  const notFiltered = Buffer.alloc(1);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows.flatMap((row) => [notFiltered, row])))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}
