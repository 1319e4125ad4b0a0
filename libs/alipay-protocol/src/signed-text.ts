import { malformed, shown } from './errors';
import { type Fields } from './fields';

/**
 * The text a signature covers (PROTOCOL.md §3.1): every field that has a value, except `sign` and
 * `sign_type`, in the order of its names, raw, as `name=value` joined by `&`.
 */
export function signedText(fields: Readonly<Fields>): string {
  return joinSorted(fields, { keepsEmpty: false });
}

/** The same with empty fields kept as `name=`, as some signers of answers do (PROTOCOL.md §3.4). */
export function signedTextWithEmpty(fields: Readonly<Fields>): string {
  return joinSorted(fields, { keepsEmpty: true });
}

/**
 * Whether a value repeats a field of its own message, as in `memo=x&total_fee=9.00`. The signed text
 * does not say where a value ends, so the same signature would fit the fields cut in another way;
 * confirm such a message by a query before believing it.
 */
export function readsTwoWays(fields: Readonly<Fields>): boolean {
  const values = Object.values(fields).filter((value) => value.includes('&'));
  const names = Object.keys(fields);
  return values.some((value) => names.some((name) => value.includes(`&${name}=`)));
}

// One plain loop, because every notification passes through it: a sixth of a verification's time
// would go into filters and joins.
function joinSorted(fields: Readonly<Fields>, { keepsEmpty }: { keepsEmpty: boolean }): string {
  let text = '';
  for (const name of sorted(Object.keys(fields))) {
    if (name === 'sign' || name === 'sign_type') continue;
    // From JavaScript anything may come; what was not given is not signed.
    const value: unknown = fields[name] ?? '';
    if (typeof value !== 'string') throw malformed(`the field ${shown(name)} is not text`);
    if (value !== '' || keepsEmpty) text += text === '' ? `${name}=${value}` : `&${name}=${value}`;
  }
  return text;
}

const insertionNamesMax = 40;

/** By code unit, which for Alipay's names is by ASCII. Few names are sorted faster by insertion. */
function sorted(names: string[]): string[] {
  if (names.length > insertionNamesMax) return names.sort();
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] ?? '';
    let at = index - 1;
    for (let other = names[at]; other !== undefined && other > name; other = names[at]) {
      names[at + 1] = other;
      at -= 1;
    }
    names[at + 1] = name;
  }
  return names;
}
