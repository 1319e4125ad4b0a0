import { malformed, shown } from './errors';
import { assertName, type Fields } from './fields';

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

function joinSorted(fields: Readonly<Fields>, { keepsEmpty }: { keepsEmpty: boolean }): string {
  let text = '';
  for (const name of sortedNames(fields)) {
    // From JavaScript anything may come; what was not given is not signed.
    const value: unknown = fields[name] ?? '';
    if (typeof value !== 'string') throw malformed(`the field ${shown(name)} is not text`, name);
    if (value !== '' || keepsEmpty) text += text === '' ? `${name}=${value}` : `&${name}=${value}`;
  }
  return text;
}

/** The names of the message before, as they came and as they are signed. */
let before: { readonly given: readonly string[]; readonly sorted: readonly string[] } = {
  given: [],
  sorted: [],
};

/**
 * The names to sign, by code unit, which for Alipay's names is by ASCII. Messages of one kind mostly
 * have the same names, and to sort them anew takes as long as all the rest of the text.
 */
function sortedNames(fields: Readonly<Fields>): readonly string[] {
  const given = Object.keys(fields);
  const isAsBefore =
    given.length === before.given.length && given.every((name, at) => name === before.given[at]);
  if (!isAsBefore) {
    for (const name of given) assertName(name);
    before = { given, sorted: given.filter((name) => !UNSIGNED.includes(name)).sort() };
  }
  return before.sorted;
}

const UNSIGNED: readonly string[] = ['sign', 'sign_type'];
