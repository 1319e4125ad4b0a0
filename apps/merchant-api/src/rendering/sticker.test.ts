import { inflateSync } from 'node:zlib';

import jsQR from 'jsqr';

import { renderSticker } from './sticker';

const CODE = 'https://qr.alipay.com/bax03431ljhokirwl38f00a7';
const STICKER = {
  name: '美心西餅（旺角）𨋢口店',
  label: 'Counter 2',
  code: CODE,
  createdAt: new Date('2026-01-02T03:04:05Z'),
};
const PIXELS_PER_POINT = 2;

/** What the page draws, and the texts that its font says it shows. */
async function read(sticker: Parameters<typeof renderSticker>[0]) {
  const uri = await renderSticker(sticker);
  const prefix = 'data:application/pdf;base64,';
  expect(uri.startsWith(prefix)).toBe(true);
  const pdf = Buffer.from(uri.slice(prefix.length), 'base64').toString('latin1');
  const streams = [...pdf.matchAll(/\/Length (\d+)[^>]*\/FlateDecode[^>]*>>\s*stream\n/g)].map(
    ({ 0: head, 1: length, index }) => {
      const start = index + head.length;
      return inflateSync(Buffer.from(pdf.slice(start, start + Number(length)), 'latin1')).toString(
        'latin1',
      );
    },
  );
  return { uri, pdf, drawn: streams.find((text) => text.includes(' cm\n')) ?? '', streams };
}

/** The shapes of a page as pixels: what a scanner in front of the printed sticker sees. */
function scan(drawn: string): string | undefined {
  const [width, height] = [298 * PIXELS_PER_POINT, 420 * PIXELS_PER_POINT];
  const pixels = new Uint32Array(width * height).fill(0xffffffff);
  for (const match of drawn.matchAll(/^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re$/gm)) {
    const [x = 0, y = 0, w = 0, h = 0] = match
      .slice(1)
      .map((number) => Math.round(Number(number) * PIXELS_PER_POINT));
    for (let row = y; row < y + h; row += 1) {
      pixels.fill(0xff000000, row * width + x, row * width + x + w);
    }
  }
  return jsQR(new Uint8ClampedArray(pixels.buffer), width, height)?.data;
}

/** Every character that the embedded font was asked for, in the order of its first use. */
function charactersIn(streams: readonly string[]): string {
  const map = streams.find((text) => text.includes('beginbfrange')) ?? '';
  return [...map.matchAll(/<([0-9a-f]{4}(?: [0-9a-f]{4})?)>/g)]
    .map(([, hex = '']) => Buffer.from(hex.replace(' ', ''), 'hex').swap16().toString('utf16le'))
    .join('');
}

test('a sticker is one A6 page whose code a scanner reads', async () => {
  const { pdf, drawn } = await read(STICKER);

  expect(pdf.startsWith('%PDF-1.')).toBe(true);
  expect(pdf.match(/\/Type \/Page\n/g)).toHaveLength(1);
  expect(pdf).toContain('/MediaBox [0 0 297.64 419.53]');
  expect(scan(drawn)).toBe(CODE);
});

test('its font is embedded, with every character of the name and the label', async () => {
  const { pdf, streams } = await read(STICKER);

  expect(pdf).toContain('/FontFile3');
  const characters = charactersIn(streams);
  for (const character of `${STICKER.name}${STICKER.label}`) {
    expect(characters).toContain(character);
  }
});

test('until there is a code it is crossed out, and cannot be scanned', async () => {
  const { drawn, streams } = await read({ ...STICKER, code: null });

  expect(scan(drawn)).toBeUndefined();
  expect(charactersIn(streams)).toContain('尚');
});

test('a long name and a long label stay on the page, and keep off the code', async () => {
  const { pdf, drawn } = await read({ ...STICKER, name: 'W'.repeat(200), label: '長'.repeat(200) });

  expect(pdf.match(/\/Type \/Page\n/g)).toHaveLength(1);
  expect(scan(drawn)).toBe(CODE);
  const lines = [...drawn.matchAll(/^1 0 0 1 [\d.]+ ([\d.]+) Tm$/gm)].map(([, y]) => Number(y));
  const heading = lines.filter((y) => y > 419.53 - 108);
  expect(heading.length).toBeGreaterThan(4);
  expect(Math.max(...lines)).toBeLessThan(419.53 - 22);
});

test('the same sticker is the same bytes', async () => {
  expect((await read(STICKER)).uri).toBe((await read(STICKER)).uri);
});
