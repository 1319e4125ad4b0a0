import type { Fields } from '@countersign/alipay-protocol';

/** The ways in which a good answer is spoilt on purpose. Bytes are seen as Latin-1, so none is lost. */

/** The same answer with a signature that is well-formed and wrong. */
export function damaged(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  return Buffer.from(
    text.replace(
      /(?<tag><sign>)(?<first>.)/,
      (_whole, tag: string, first: string) => `${tag}${otherDigit(first)}`,
    ),
    'latin1',
  );
}

/** The same answer with a success that stands where no signature reaches. */
export function resultAtRoot(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  return Buffer.from(
    text.replace('</is_success>', '</is_success><result_code>SUCCESS</result_code>'),
    'latin1',
  );
}

export function unsigned(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  return Buffer.from(
    text.replace(/<sign>[^<]*<\/sign>/, '').replace(/<sign_type>[^<]*<\/sign_type>/, ''),
    'latin1',
  );
}

export function otherDigit(character: string): string {
  return character === '0' ? '1' : '0';
}

const SPOKEN_OF = [
  'partner_trans_id',
  'alipay_trans_id',
  'partner_refund_id',
  'out_trade_no',
  'trade_no',
  'out_return_no',
  'qrcode',
  'secondary_merchant_id',
  'store_id',
];

/** The same answer as if somebody else's trade had been asked about. */
export function otherThan(content: Fields): Fields {
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) =>
      SPOKEN_OF.includes(name)
        ? [name, `${value.slice(0, -1)}${otherDigit(value.slice(-1))}`]
        : [name, value],
    ),
  );
}

const EXCUSES = 'We are sorry, the service is busy. Please try again later. '.repeat(40);

/** What a proxy says when the gateway is gone: long, and no XML. */
export function errorPage(title: string): Buffer {
  return Buffer.from(
    `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1><p>${EXCUSES}</p></body></html>`,
  );
}
