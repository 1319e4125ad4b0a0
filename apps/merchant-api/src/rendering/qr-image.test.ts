import jsQR from 'jsqr';
import { PNG } from 'pngjs';

import { type Drawing, IMAGE_SIZE_MAX, renderQrImage, renderQrPlaceholder } from './qr-image';

const CODE = 'https://qr.alipay.com/bax03431ljhokirwl38f00a7';

function bytesOf(uri: string, type: string): Buffer {
  const prefix = `data:${type};base64,`;
  expect(uri.startsWith(prefix)).toBe(true);
  return Buffer.from(uri.slice(prefix.length), 'base64');
}

function read(png: PNG): string | undefined {
  return jsQR(new Uint8ClampedArray(png.data), png.width, png.height)?.data;
}

/** Draws what the picture's modules say: one path of rows, on white. */
function rasterize(svg: string, pixelsPerModule: number): PNG {
  const modules = Number(/viewBox="0 0 (\d+) \d+"/.exec(svg)?.[1]);
  const png = new PNG({ width: modules * pixelsPerModule, height: modules * pixelsPerModule });
  png.data.fill(0xff);
  const path = /stroke="#000000" d="([^"]+)"/.exec(svg)?.[1] ?? '';
  let x = 0;
  let y = 0;
  for (const [, command, numbers = ''] of path.matchAll(/([MmhHvV])([^MmhHvV]*)/g)) {
    const [first = 0, second = 0] = numbers.trim().split(/[ ,]+/).map(Number);
    if (command === 'M') [x, y] = [first, second];
    else if (command === 'm') [x, y] = [x + first, y + second];
    else if (command === 'h') {
      blacken(png, { x, y: y - 0.5, width: first }, pixelsPerModule);
      x += first;
    }
  }
  return png;
}

function blacken(png: PNG, row: { x: number; y: number; width: number }, scale: number): void {
  for (let down = row.y * scale; down < (row.y + 1) * scale; down += 1) {
    for (let right = row.x * scale; right < (row.x + row.width) * scale; right += 1) {
      png.data.fill(0, (down * png.width + right) * 4, (down * png.width + right) * 4 + 3);
    }
  }
}

test.each([64, 131, 512])('a PNG of %i pixels is that wide, and says the code', async (size) => {
  const uri = await renderQrImage(CODE, { format: 'PNG', size });

  const png = PNG.sync.read(bytesOf(uri, 'image/png'));
  expect([png.width, png.height]).toEqual([size, size]);
  expect(read(png)).toBe(CODE);
});

test('the largest picture is that wide', async () => {
  const uri = await renderQrImage(CODE, { format: 'PNG', size: IMAGE_SIZE_MAX });

  expect(bytesOf(uri, 'image/png').readUInt32BE(16)).toBe(IMAGE_SIZE_MAX);
});

test('an SVG says the code, with four modules of quiet around it', async () => {
  const uri = await renderQrImage(CODE, { format: 'SVG', size: 512 });

  const svg = bytesOf(uri, 'image/svg+xml').toString();
  expect(svg).toContain('width="512" height="512"');
  expect(svg).toContain('d="M4 4.5h7');
  expect(read(rasterize(svg, 4))).toBe(CODE);
});

test.each<Drawing['format']>(['SVG', 'PNG'])(
  'what stands in for a code to come as %s cannot be scanned',
  (format) => {
    const uri = renderQrPlaceholder({ format, size: 300 });

    if (format === 'SVG') {
      expect(bytesOf(uri, 'image/svg+xml').toString()).toContain('No code yet');
      return;
    }
    const png = PNG.sync.read(bytesOf(uri, 'image/png'));
    expect([png.width, png.height]).toEqual([300, 300]);
    expect(read(png)).toBeUndefined();
    expect(png.data.includes(0)).toBe(true);
  },
);
