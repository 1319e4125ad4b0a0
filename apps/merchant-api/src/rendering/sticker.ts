import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Font } from 'fontkit';
import { create as createCode } from 'qrcode';

import { ERROR_CORRECTION, QUIET_ZONE_MODULES } from './qr-image';

export interface Sticker {
  /** What stands above the code, usually the store's name. */
  readonly name: string;
  /** Which counter, for those who put it up. */
  readonly label: string | null;
  /** What the code says; null draws a sticker that nobody can pay with. */
  readonly code: string | null;
  readonly createdAt: Date;
}

/** A6 upright, as counter stands take it; in points, of which 72 are an inch. */
const PAGE = { width: 297.64, height: 419.53 };
const MARGIN = 22;
const TEXT_WIDTH = PAGE.width - 2 * MARGIN;
/** With its quiet zone: 76 mm, to be scanned from an arm's length and more. */
const CODE_WIDTH = 216;
const CODE_LEFT = (PAGE.width - CODE_WIDTH) / 2;
const CODE_TOP = 108;
const GREY = '#666666';

/**
 * A counter sticker as a data: URI of a one-page PDF. The code is drawn as shapes and the font is
 * embedded, so that every printer gives the same. The same sticker is the same bytes.
 */
export async function renderSticker(sticker: Sticker): Promise<string> {
  // Loading it takes as long as the rest of the API does, and few ask for stickers.
  const { default: PDFDocument } = await import('pdfkit');
  const document = new PDFDocument({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    font: '',
    info: { Title: sticker.name, Creator: 'Countersign', CreationDate: sticker.createdAt },
  });
  const parts: Buffer[] = [];
  document.on('data', (part: Buffer) => parts.push(part));
  const ended = new Promise<void>((resolve, reject) => {
    document.once('end', resolve);
    document.once('error', reject);
  });
  document.font(await stickerFont());

  drawHeading(document, sticker);
  if (sticker.code === null) drawCross(document);
  else drawCode(document, sticker.code);
  drawFoot(document, sticker.code);

  document.end();
  await ended;
  return `data:application/pdf;base64,${Buffer.concat(parts).toString('base64')}`;
}

let font: Font | undefined;

/**
 * Read when the first sticker is asked for, and shared by all: it holds every character of Hong
 * Kong's, and reading it takes ten times what drawing does. pdfkit takes an open font, and its types
 * do not say so.
 */
async function stickerFont(): Promise<PDFKit.Mixins.PDFFontSource> {
  const { create: openFont } = await import('fontkit');
  font ??= openFont(
    readFileSync(join(__dirname, '..', '..', 'fonts', 'NotoSansHant-Regular.otf')),
  ) as Font;
  return font as unknown as PDFKit.Mixins.PDFFontSource;
}

type Document = PDFKit.PDFDocument;

function drawHeading(document: Document, { name, label }: Sticker): void {
  const size = fittingSize(document, name, { largest: 26, height: 62 });
  const height = document.fontSize(size).heightOfString(name, { width: TEXT_WIDTH });
  centred(document, name, MARGIN + Math.max(0, (62 - height) / 2), size);
  if (label !== null) {
    centred(
      document.fillColor(GREY),
      label,
      88,
      fittingSize(document, label, { largest: 11, height: 16 }),
    );
  }
  document.fillColor('#000000');
}

/** The largest size at which a text of any length stands in its place. */
function fittingSize(
  document: Document,
  text: string,
  { largest, height }: { readonly largest: number; readonly height: number },
): number {
  for (let size = largest; size > 4; size -= 1) {
    if (document.fontSize(size).heightOfString(text, { width: TEXT_WIDTH }) <= height) return size;
  }
  return 4;
}

function drawCode(document: Document, code: string): void {
  const { modules } = createCode(code, { errorCorrectionLevel: ERROR_CORRECTION });
  const module = CODE_WIDTH / (modules.size + 2 * QUIET_ZONE_MODULES);
  const start = (index: number): number => (index + QUIET_ZONE_MODULES) * module;
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column) === 0) continue;
      // A run is one shape: between neighbours a printer would leave a hair of white.
      let end = column + 1;
      while (end < modules.size && modules.get(row, end) !== 0) end += 1;
      document.rect(
        CODE_LEFT + start(column),
        CODE_TOP + start(row),
        (end - column) * module,
        module,
      );
      column = end;
    }
  }
  document.fill('#000000');
}

/** Where a code is still to come: crossed out, so that nobody puts it up by mistake. */
function drawCross(document: Document): void {
  const [left, right] = [CODE_LEFT + 16, CODE_LEFT + CODE_WIDTH - 16];
  const [top, bottom] = [CODE_TOP + 16, CODE_TOP + CODE_WIDTH - 16];
  document.lineWidth(3).strokeColor('#999999');
  document.rect(left, top, right - left, bottom - top);
  document.moveTo(left, top).lineTo(right, bottom).moveTo(right, top).lineTo(left, bottom);
  document.stroke();
  centred(document, 'No code yet', top + 6, 12);
  centred(document, '尚未有收款碼', bottom - 24, 12);
}

function drawFoot(document: Document, code: string | null): void {
  centred(document, '掃碼付款  Scan to pay', 330, 18);
  centred(document, 'AlipayHK · Alipay 支付寶', 357, 11);
  if (code !== null) centred(document.fillColor(GREY), code, 392, 6.5);
}

function centred(document: Document, text: string, top: number, size: number): void {
  document.fontSize(size).text(text, MARGIN, top, { width: TEXT_WIDTH, align: 'center' });
}
