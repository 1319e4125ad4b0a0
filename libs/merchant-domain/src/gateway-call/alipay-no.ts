import { explainCode } from '@countersign/alipay-services';

/**
 * Alipay's no within a sentence of ours: its code and own words in brackets, then what the code means
 * where that is known.
 */
export function because(alipayCode: string, words?: string): string {
  const known = explainCode(alipayCode);
  const said = words === undefined ? alipayCode : `${alipayCode}, ${words}`;
  return known === undefined ? `(${said})` : `(${said}), because ${known.meaning.en}`;
}

/** What to do about it, as a further sentence; nothing for a code that nobody has named yet. */
export function andThen(alipayCode: string): string {
  const known = explainCode(alipayCode);
  return known === undefined ? '' : ` ${known.action.en}`;
}
