import { type Charset, receivedBytes } from './charset';
import { type Fields } from './fields';
import { signedText, signedTextWithEmpty } from './signed-text';

/** A slip, and the bytes that would have been signed if somebody had made it. */
export interface Guess {
  readonly cause: string;
  readonly remedy: string;
  readonly bytes: Buffer;
  /** Where the slip is in the signature itself. */
  readonly sign?: string;
}

interface Message {
  readonly fields: Readonly<Fields>;
  readonly charset: Charset;
}

/** Every slip we know of, the frequent ones first. */
export function* guesses({ fields, charset }: Message): Generator<Guess> {
  for (const { text, ...words } of slips(fields)) {
    const bytes = receivedBytes(text, charset);
    if (bytes !== undefined) yield { ...words, bytes };
  }
  yield* charsetGuesses(fields, charset);
  yield* signatureGuesses(fields, charset);
}

interface Slip {
  readonly text: string;
  readonly cause: string;
  readonly remedy: string;
}

function* slips(fields: Readonly<Fields>): Generator<Slip> {
  yield {
    text: signedTextWithEmpty(fields),
    cause: 'Parameters with empty values were signed.',
    remedy: 'Leave empty parameters out of the signed text, and do not send them.',
  };
  yield {
    text: withSignType(fields),
    cause: 'sign_type was included in the signed text.',
    remedy: 'Leave sign and sign_type out of the signed text.',
  };
  yield* changedValues(fields);
  yield* someBlanks(fields);
  yield* leftOut(fields);
  yield* added(fields);
  yield {
    text: unsorted(fields),
    cause: 'The parameters were signed in the order they were sent, not sorted by name.',
    remedy: 'Sort the parameters by name, by ASCII: _input_charset comes before lower-case names.',
  };
  yield {
    text: signedText(mapValues(fields, (value) => (value === '' ? '' : `"${value}"`))),
    cause: 'The values were quoted in the signed text, as for in-app payments.',
    remedy: 'Sign name=value without quotation marks.',
  };
}

interface Change {
  readonly change: (value: string) => string;
  readonly cause: string;
  readonly remedy: string;
}

const PLUS_LOST = {
  cause: 'A + was turned into a space on the way.',
  remedy: 'Escape + as %2B when the form is written; decode the form exactly once.',
};

/** What can happen to values between signing and checking; `change` undoes it. */
const CHANGES: readonly Change[] = [
  { change: (value) => value.replaceAll(' ', '+'), ...PLUS_LOST },
  {
    change: unescapeHtml,
    cause: 'The value (JSON, for instance) was HTML-escaped after signing: " became &quot;.',
    remedy: 'Send and check the raw value; escape only where it is shown.',
  },
  {
    change: escapeHtml,
    cause: 'The value was signed HTML-escaped: &quot; instead of ".',
    remedy: 'Sign the raw value, exactly as it is sent.',
  },
  {
    change: (value) => encodeURIComponent(value),
    cause: 'The value was percent-decoded twice, or was signed in its percent-encoded form.',
    remedy: 'Sign raw values; decode the form exactly once and hand over what it gives.',
  },
  {
    change: (value) => encodeURIComponent(value).replaceAll('%20', '+'),
    cause: 'The value was form-decoded twice, or was signed in its form-encoded form.',
    remedy: 'Sign raw values; decode the form exactly once and hand over what it gives.',
  },
  {
    change: unescapePercent,
    cause: 'The value is still percent-encoded: it was not decoded, or was encoded twice.',
    remedy: 'Encode once after signing, decode once before checking.',
  },
  {
    change: (value) => value.trim(),
    cause: 'Blanks around the value were added, or were left out of the signed text.',
    remedy: 'Sign exactly the value that is sent, blanks included.',
  },
  {
    change: (value) => value.replace(/\r?\n/g, '\r\n'),
    cause: 'Line breaks were changed from CR LF to LF on the way.',
    remedy: 'Hand over the body as raw bytes, before anything normalizes it.',
  },
  {
    change: (value) => value.replaceAll('\r\n', '\n'),
    cause: 'Line breaks were changed from LF to CR LF on the way.',
    remedy: 'Hand over the body as raw bytes, before anything normalizes it.',
  },
];

/** Each change to all values, then to each value alone. */
function* changedValues(fields: Readonly<Fields>): Generator<Slip> {
  for (const { change, cause, remedy } of CHANGES) {
    const touched = contentNames(fields).filter(
      (name) => fields[name] !== safely(change, fields[name]),
    );
    if (touched.length === 0) continue;
    const changedOnly = (names: readonly string[]): string =>
      signedText(
        mapValues(fields, (value, name) => (names.includes(name) ? safely(change, value) : value)),
      );
    yield {
      text: changedOnly(touched),
      cause: `${cause} (${touched.map(shortName).join(', ')})`,
      remedy,
    };
    if (touched.length === 1) continue;
    for (const name of touched) {
      yield { text: changedOnly([name]), cause: `${cause} (${shortName(name)})`, remedy };
    }
  }
}

const triedBlanksMax = 10;

/** Some blanks of one value were a plus, and others were not. */
function* someBlanks(fields: Readonly<Fields>): Generator<Slip> {
  for (const name of contentNames(fields)) {
    const words = (fields[name] ?? '').split(' ');
    const blanks = words.length - 1;
    if (blanks < 2 || blanks > triedBlanksMax) continue;
    for (let pluses = 1; pluses < 2 ** blanks - 1; pluses += 1) {
      const value = words.reduce(
        (text, word, index) => `${text}${(pluses >> (index - 1)) & 1 ? '+' : ' '}${word}`,
      );
      const text = signedText({ ...fields, [name]: value });
      yield { text, ...PLUS_LOST, cause: `${PLUS_LOST.cause} (${shortName(name)})` };
    }
  }
}

const pairedFieldsMax = 40;

/** One field too many, or two. */
function* leftOut(fields: Readonly<Fields>): Generator<Slip> {
  const names = contentNames(fields).filter((name) => fields[name] !== '');
  for (const name of names) yield withoutNames(fields, [name]);
  if (names.length > pairedFieldsMax) return;
  for (const [index, one] of names.entries()) {
    for (const other of names.slice(index + 1)) yield withoutNames(fields, [one, other]);
  }
}

function withoutNames(fields: Readonly<Fields>, names: readonly string[]): Slip {
  const kept = Object.entries(fields).filter(([name]) => !names.includes(name));
  return {
    text: signedText(Object.fromEntries(kept)),
    cause: `An extra parameter is not part of the signature: ${names.map(shortName).join(', ')} (often a query parameter of our own URL).`,
    remedy:
      'Check the fields of the posted body only; send no parameter that the service does not define.',
  };
}

function* added(fields: Readonly<Fields>): Generator<Slip> {
  if (Object.hasOwn(fields, '_input_charset')) return;
  for (const label of ['UTF-8', 'utf-8', 'GBK', 'gbk', 'GB2312']) {
    yield {
      text: signedText({ ...fields, _input_charset: label }),
      cause: `_input_charset=${label} was signed but is missing here: it travels in the URL of a POST.`,
      remedy: 'Merge the URL’s query with the body before checking a request.',
    };
  }
}

/** The right text, turned into bytes the wrong way. */
function* charsetGuesses(fields: Readonly<Fields>, charset: Charset): Generator<Guess> {
  const text = signedText(fields);
  const other = charset === 'UTF-8' ? 'GBK' : 'UTF-8';
  const bytes = receivedBytes(text, other);
  if (bytes !== undefined) {
    yield {
      bytes,
      cause: `Wrong charset: the signature fits the text in ${other}, not in ${charset}.`,
      remedy:
        'Send _input_charset in the URL; read an answer in the charset of its HTTP header, else of its XML prolog.',
    };
  }
  const latin1 = Buffer.from(text, 'latin1');
  if (latin1.toString('latin1') !== text) return;
  yield {
    bytes: latin1,
    cause: 'Wrong charset: the bytes were read as Latin-1, which no gateway writes.',
    remedy: 'Hand over raw bytes, and let this library choose the charset.',
  };
}

/** The right text, with a signature that was changed on the way. */
function* signatureGuesses(fields: Readonly<Fields>, charset: Charset): Generator<Guess> {
  const bytes = receivedBytes(signedText(fields), charset);
  const given = fields.sign ?? '';
  if (bytes === undefined) return;
  yield {
    bytes,
    sign: given.toLowerCase(),
    cause: 'The MD5 signature is written in upper case.',
    remedy: 'Write it as 32 lower-case hexadecimal digits.',
  };
  yield {
    bytes,
    sign: safely(unescapePercent, given),
    cause: 'The signature is still percent-encoded: it was encoded twice, or not decoded.',
    remedy: 'Encode it once when the form is written, decode it once when it is read.',
  };
  yield {
    bytes,
    sign: given.replace(/\s+/g, ''),
    cause: 'The signature is wrapped over several lines, or has blanks around it.',
    remedy: 'Write Base64 on one line.',
  };
}

function contentNames(fields: Readonly<Fields>): string[] {
  return Object.keys(fields).filter((name) => name !== 'sign' && name !== 'sign_type');
}

function withSignType(fields: Readonly<Fields>): string {
  const { sign, sign_type = '', ...others } = fields;
  const text = signedText(others);
  // The name is put in by hand, because signedText leaves it out wherever it stands.
  const names = [...contentNames(others).filter((name) => others[name] !== ''), 'sign_type'].sort();
  if (text === '') return `sign_type=${sign_type}`;
  return names
    .map((name) => `${name}=${name === 'sign_type' ? sign_type : (others[name] ?? '')}`)
    .join('&');
}

function unsorted(fields: Readonly<Fields>): string {
  return contentNames(fields)
    .filter((name) => fields[name] !== '')
    .map((name) => `${name}=${fields[name] ?? ''}`)
    .join('&');
}

function mapValues(
  fields: Readonly<Fields>,
  change: (value: string, name: string) => string,
): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, change(value, name)]),
  );
}

function safely(change: (value: string) => string, value = ''): string {
  try {
    return change(value);
  } catch {
    return value; // a text that cannot have gone through this change is left as it is
  }
}

const HTML: readonly (readonly [string, string])[] = [
  ['"', '&quot;'],
  ["'", '&#39;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
];

function unescapeHtml(value: string): string {
  const plain = HTML.reduce((text, [raw, escaped]) => text.replaceAll(escaped, raw), value);
  return plain.replaceAll('&#34;', '"').replaceAll('&amp;', '&');
}

function escapeHtml(value: string): string {
  const safe = value.replaceAll('&', '&amp;');
  return HTML.reduce((text, [raw, escaped]) => text.replaceAll(raw, escaped), safe);
}

function unescapePercent(value: string): string {
  return decodeURIComponent(value);
}

function shortName(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}
