import { deflateSync } from 'node:zlib';

import { toBuffer, toString } from 'qrcode';

export const IMAGE_SIZE_MIN = 64;
export const IMAGE_SIZE_MAX = 2_048;

export interface Drawing {
  readonly format: 'SVG' | 'PNG';
  /** Width and height in pixels. */
  readonly size: number;
}

/** Four modules of white around the code: what ISO/IEC 18004 asks for, and scanners need. */
const QUIET_ZONE_MODULES = 4;
/** A quarter of the picture may be scratched or covered: it lies on a counter for years. */
const ERROR_CORRECTION = 'Q';

/** The picture of a code, as a data: URI. */
export async function renderQrImage(text: string, { format, size }: Drawing): Promise<string> {
  const drawing = {
    width: size,
    margin: QUIET_ZONE_MODULES,
    errorCorrectionLevel: ERROR_CORRECTION,
  } as const;
  switch (format) {
    case 'SVG':
      return svgUri(await toString(text, { ...drawing, type: 'svg' }));
    case 'PNG':
      return pngUri(await toBuffer(text, { ...drawing, type: 'png' }));
  }
}

/** What stands where a code is still to come: crossed out, so that nobody prints it by mistake. */
export function renderQrPlaceholder({ format, size }: Drawing): string {
  switch (format) {
    case 'SVG':
      return svgUri(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">` +
          '<path fill="#fff" d="M0 0h100v100H0z"/><path fill="none" stroke="#999" stroke-width="2" d="M8 8h84v84H8zM8 8l84 84M92 8L8 92"/>' +
          '<text x="50" y="30" font-family="sans-serif" font-size="9" text-anchor="middle">No code yet</text></svg>',
      );
    case 'PNG':
      return pngUri(crossedOutPng(size));
  }
}

function svgUri(svg: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

function pngUri(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** A white square with a frame and two diagonals, one grey byte for each pixel. */
function crossedOutPng(size: number): Buffer {
  const edge = Math.round(size * 0.08);
  const line = Math.max(1, Math.round(size / 100));
  const rows = Buffer.alloc((size + 1) * size, 0xff);
  for (let y = 0; y < size; y += 1) {
    rows[y * (size + 1)] = 0; // this row is not filtered
    for (let x = edge; x < size - edge; x += 1) {
      if (y < edge || y >= size - edge) continue;
      const isFrame = Math.min(x - edge, y - edge, size - edge - 1 - x, size - edge - 1 - y) < line;
      const isCross = Math.abs(x - y) < line || Math.abs(x + y - size + 1) < line;
      if (isFrame || isCross) rows[y * (size + 1) + 1 + x] = 0x99;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header[8] = 8; // bits per pixel; the zeroes after it say grey, deflated, not interlaced
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

/** node:zlib has one only from Node 20.15 on, and its types later still. */
function crc32(bytes: Buffer): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    }
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
