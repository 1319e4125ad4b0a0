import { create, toString } from 'qrcode';

import { encodeMonochromePng, pixelRow } from './monochrome-png';

export const IMAGE_SIZE_MIN = 64;
export const IMAGE_SIZE_MAX = 2_048;

export interface Drawing {
  readonly format: 'SVG' | 'PNG';
  /** Width and height in pixels. */
  readonly size: number;
}

/** Four modules of white around the code: what ISO/IEC 18004 asks for, and scanners need. */
export const QUIET_ZONE_MODULES = 4;
/** A quarter of the picture may be scratched or covered: it lies on a counter for years. */
export const ERROR_CORRECTION = 'Q';

/** The picture of a code, as a data: URI. */
export async function renderQrImage(text: string, { format, size }: Drawing): Promise<string> {
  switch (format) {
    case 'SVG':
      return svgUri(
        await toString(text, {
          type: 'svg',
          width: size,
          margin: QUIET_ZONE_MODULES,
          errorCorrectionLevel: ERROR_CORRECTION,
        }),
      );
    case 'PNG':
      return pngUri(drawCode(text, size));
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
      return pngUri(drawCross(size));
  }
}

function svgUri(svg: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

function pngUri(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** Each row of modules is drawn once, and repeated for all rows of pixels that show it. */
function drawCode(text: string, size: number): Buffer {
  const { modules } = create(text, { errorCorrectionLevel: ERROR_CORRECTION });
  const width = modules.size + 2 * QUIET_ZONE_MODULES;
  const moduleAt = (pixel: number): number =>
    Math.floor((pixel * width) / size) - QUIET_ZONE_MODULES;
  const isOutside = (module: number): boolean => module < 0 || module >= modules.size;

  const drawn = Array.from({ length: modules.size }, (_, row) =>
    pixelRow(size, (x) => {
      const column = moduleAt(x);
      return !isOutside(column) && modules.get(row, column) !== 0;
    }),
  );
  const white = pixelRow(size, () => false);
  return encodeMonochromePng(
    size,
    Array.from({ length: size }, (_, y) => drawn[moduleAt(y)] ?? white),
  );
}

/** A frame and two diagonals. */
function drawCross(size: number): Buffer {
  const edge = Math.round(size * 0.08);
  const line = Math.max(1, Math.round(size / 100));
  const rows = Array.from({ length: size }, (_, y) =>
    pixelRow(size, (x) => {
      const inset = Math.min(x, y, size - 1 - x, size - 1 - y) - edge;
      if (inset < 0) return false;
      return inset < line || Math.abs(x - y) < line || Math.abs(x + y - size + 1) < line;
    }),
  );
  return encodeMonochromePng(size, rows);
}
