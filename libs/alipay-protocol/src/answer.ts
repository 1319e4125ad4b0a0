import {
  type Charset,
  contentTypeCharset,
  decodeText,
  encodeText,
  readableCharset,
  writableCharset,
} from './charset';
import { malformed, shown } from './errors';
import { collectFields, type Fields } from './fields';
import { type Signer, signFieldsIn } from './sign-fields';
import { signedText, signedTextWithEmpty } from './signed-text';
import { assertSignature, type Verified, type Verifier, vouchedFor } from './verify-fields';
import { assertXmlName, escapeXml, prologCharset, readXml, type XmlNode } from './xml';

/** What an answer says: what Alipay signed, or an unsigned refusal by the gateway. */
export type DecodedAnswer =
  | { readonly accepted: true; readonly fields: Verified<Fields> }
  | { readonly accepted: false; readonly code: string };

export interface AnswerOptions {
  readonly contentType?: string | undefined;
  readonly verifier: Verifier;
}

/**
 * Reads the XML answer of the gateway (PROTOCOL.md §4.2), in the charset of the HTTP header, else
 * of the prolog, else UTF-8. What was accepted is returned only with a signature that verifies;
 * `accepted` says nothing about the business, and an unsigned refusal proves nothing by itself.
 */
export function decodeAnswer(
  bytes: Uint8Array,
  { contentType, verifier }: AnswerOptions,
): DecodedAnswer {
  const { parts, charset } = openAnswer(bytes, contentType);
  const accepted = parts.get('is_success')?.text.trim();
  if (accepted === 'T') return { accepted: true, fields: verifyParts(parts, verifier, charset) };
  if (accepted === 'F') return { accepted: false, code: refusalCode(parts) };
  throw malformed('is_success is neither T nor F');
}

/** An answer without any proof. */
export interface ParsedAnswer {
  /** What stands under `<response>`, with `sign` and `sign_type` beside it. */
  readonly fields: Fields;
  readonly charset: Charset;
  /** The code of an unsigned refusal. */
  readonly refusal?: string;
}

/** Reads an answer without verifying it: to explain why it is refused, never to act on. */
export function parseAnswer(
  bytes: Uint8Array,
  { contentType }: { readonly contentType?: string | undefined } = {},
): ParsedAnswer {
  const { parts, charset } = openAnswer(bytes, contentType);
  if (parts.get('is_success')?.text.trim() === 'F') {
    return { fields: {}, charset, refusal: refusalCode(parts) };
  }
  const response = parts.get('response');
  const beside = ['sign', 'sign_type'].flatMap((name): [string, string][] => {
    const text = leafText(parts, name)?.trim();
    return text === undefined ? [] : [[name, text]];
  });
  return {
    fields: { ...(response && contentOf(response)), ...collectFields(beside) },
    charset,
  };
}

/**
 * The parameters that an answer says it was asked with (PROTOCOL.md §4.2). Nothing vouches for them, so
 * they are good for doubt alone: an answer that repeats another question was not meant for ours.
 */
export function repeatedRequest(
  bytes: Uint8Array,
  { contentType }: { readonly contentType?: string | undefined } = {},
): Fields {
  const { parts } = openAnswer(bytes, contentType);
  const params = parts.get('request')?.children ?? [];
  return Object.fromEntries(
    params.flatMap(({ attributes: { name }, text }) => (name === undefined ? [] : [[name, text]])),
  );
}

interface OpenedAnswer {
  readonly parts: ReadonlyMap<string, XmlNode>;
  readonly charset: Charset;
}

function openAnswer(bytes: Uint8Array, contentType: string | undefined): OpenedAnswer {
  if (bytes.length > answerBytesMax) throw malformed(`more than ${answerBytesMax} bytes`);
  const charset = readableCharset(
    contentTypeCharset(contentType) ?? prologCharset(bytes) ?? 'UTF-8',
  );
  const root = readXml(decodeText(bytes, charset).replace(/^\uFEFF/, ''));
  if (root.name !== 'alipay')
    throw malformed(`the root is ${shown(root.name)} instead of "alipay"`);
  return { parts: partsOf(root), charset };
}

export interface SignedAnswerOptions {
  /** The single element under `<response>`. */
  readonly element?: string | undefined;
  /** What to repeat of the request; not covered by the signature. */
  readonly request?: Readonly<Fields> | undefined;
  readonly charset?: Charset | undefined;
}

/** A signed answer, as the gateway gives it; or, for `{ error }` without a signer, its unsigned no. */
export function encodeAnswer(
  fields: Readonly<Fields>,
  signer: Signer,
  options?: SignedAnswerOptions,
): Buffer;
export function encodeAnswer(refusal: { readonly error: string }): Buffer;
export function encodeAnswer(
  fields: Readonly<Fields>,
  signer?: Signer,
  options: SignedAnswerOptions = {},
): Buffer {
  if (signer === undefined) return encodeRefusal(fields.error ?? '');
  const { element = 'alipay', request = {} } = options;
  const charset = writableCharset(options.charset ?? signer.charset);
  // Signers disagree about empty elements, so none is written (PROTOCOL.md §3.4).
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
  const { sign = '', sign_type = '', ...signed } = signFieldsIn(charset, given, signer);
  const echo = Object.entries(request).map(
    ([name, value]) => `<param name="${escapeXml(name)}">${escapeXml(value)}</param>`,
  );
  const content = Object.entries(signed).map(([name, value]) => elementOf(name, value));
  const body = `<${element}>${content.join('')}</${element}>`;
  assertXmlName(element);
  return documentOf(charset, [
    '<is_success>T</is_success>',
    echo.length > 0 ? `<request>${echo.join('')}</request>` : '',
    `<response>${body}</response>`,
    elementOf('sign', sign),
    elementOf('sign_type', sign_type),
  ]);
}

const answerBytesMax = 1024 * 1024;

// String(48) in every table; old products write a dot in theirs.
const CODE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

function encodeRefusal(code: string): Buffer {
  if (!CODE.test(code)) throw malformed('a refusal needs a code');
  return documentOf('UTF-8', ['<is_success>F</is_success>', elementOf('error', code)]);
}

function documentOf(charset: Charset, parts: readonly string[]): Buffer {
  return encodeText(
    `<?xml version="1.0" encoding="${charset}"?>\n<alipay>${parts.join('')}</alipay>`,
    charset,
  );
}

function elementOf(name: string, text: string): string {
  assertXmlName(name);
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/** What stands directly under the root, each name once. */
function partsOf(root: XmlNode): ReadonlyMap<string, XmlNode> {
  assertNoText(root);
  const parts = new Map<string, XmlNode>();
  for (const part of root.children) {
    if (parts.has(part.name)) throw malformed(`<${part.name}> stands twice`);
    parts.set(part.name, part);
  }
  return parts;
}

function verifyParts(
  parts: ReadonlyMap<string, XmlNode>,
  verifier: Verifier,
  charset: Charset,
): Verified<Fields> {
  const sign = leafText(parts, 'sign')?.trim();
  const response = parts.get('response');
  if (response === undefined && sign !== undefined) throw malformed('a signature of nothing');
  const readings = response === undefined ? [] : readingsOf(contentOf(response));
  const texts = readings.map(({ text }) => text);
  const signType = leafText(parts, 'sign_type')?.trim();
  const index = assertSignature(sign, signType, verifier, { texts, charset });
  return vouchedFor(readings[index]?.fields ?? {});
}

interface Reading {
  readonly fields: Fields;
  readonly text: string;
}

/**
 * The ways in which known signers read the same element (PROTOCOL.md §3.4): blanks around a value
 * kept or not, empty values left out or not. Each is believed only if the signature fits it, and
 * then the fields are those of that reading.
 */
function readingsOf(exact: Fields): Reading[] {
  const trimmed = Object.fromEntries(
    Object.entries(exact).map(([name, value]) => [name, value.trim()]),
  );
  const all = [exact, trimmed].flatMap((fields) =>
    [signedText, signedTextWithEmpty].map((read) => ({ fields, text: read(fields) })),
  );
  return all.filter(({ text }, index) => all.findIndex((other) => other.text === text) === index);
}

/** The fields of the single element under `<response>`. */
function contentOf(response: XmlNode): Fields {
  assertNoText(response);
  const [content, ...others] = response.children;
  if (content === undefined || others.length > 0) {
    throw malformed('<response> must hold exactly one element');
  }
  assertNoText(content);
  const names = content.children.map(({ name }) => name);
  if (names.includes('sign') || names.includes('sign_type')) throw malformed('<sign> stands twice');
  if (new Set(names).size < names.length) throw malformed('an element stands twice');
  // Lists are not signed by any signer seen, so they are not passed on either.
  const leaves = content.children.filter((child) => child.children.length === 0);
  return collectFields(leaves.map(({ name, text }) => [name, text]));
}

function leafText(parts: ReadonlyMap<string, XmlNode>, name: string): string | undefined {
  const part = parts.get(name);
  if (part !== undefined && part.children.length > 0) throw malformed(`<${name}> holds elements`);
  return part?.text;
}

function refusalCode(parts: ReadonlyMap<string, XmlNode>): string {
  if (parts.has('response')) throw malformed('a refusal with a response');
  const code = leafText(parts, 'error')?.trim() ?? '';
  if (!CODE.test(code)) throw malformed('a refusal without a code');
  return code;
}

function assertNoText(node: XmlNode): void {
  if (node.text.trim() !== '') throw malformed(`<${node.name}> holds text beside elements`);
}
