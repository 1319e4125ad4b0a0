import { malformed, shown } from './errors';
import { type Fields } from './fields';

/**
 * The text a signature covers (PROTOCOL.md §3.1): every field that has a value, except `sign` and
 * `sign_type`, in the order of its names, raw, as `name=value` joined by `&`.
 */
export function signedText(fields: Readonly<Fields>): string {
  return joinSorted(
    signedNames(fields).filter((name) => isGiven(fields, name)),
    fields,
  );
}

/** The same with empty fields kept as `name=`, as some signers of answers do (PROTOCOL.md §3.4). */
export function signedTextWithEmpty(fields: Readonly<Fields>): string {
  return joinSorted(signedNames(fields), fields);
}

function signedNames(fields: Readonly<Fields>): string[] {
  return Object.keys(fields).filter((name) => name !== 'sign' && name !== 'sign_type');
}

function isGiven(fields: Readonly<Fields>, name: string): boolean {
  const value: unknown = fields[name];
  return value !== '' && value !== undefined && value !== null;
}

function joinSorted(names: string[], fields: Readonly<Fields>): string {
  // The default order is by code unit, which for Alipay's names is by ASCII.
  names.sort();
  let text = '';
  for (const name of names) {
    const value: unknown = fields[name] ?? '';
    if (typeof value !== 'string') throw malformed(`the field ${shown(name)} is not text`);
    text += text === '' ? `${name}=${value}` : `&${name}=${value}`;
  }
  return text;
}
