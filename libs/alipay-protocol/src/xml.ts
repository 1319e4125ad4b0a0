import { parseXml, XmlElement, XmlText } from '@rgrove/parse-xml';

import { AlipayProtocolError, malformed, shown } from './errors';

/** One element. Alipay's answers say everything in text, but for the names of what they repeat. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

/** Reads a whole document; refuses a DOCTYPE, and whatever is not well-formed or out of bounds. */
export function readXml(text: string): XmlNode {
  if (text.split('<', tagsMax + 1).length > tagsMax) throw malformed(`more than ${tagsMax} tags`);
  const document = parse(text);
  // With this option a document type is a node beside the root.
  const [root, ...others] = document.children;
  if (others.length > 0 || !(root instanceof XmlElement)) {
    throw malformed('a document type declaration, or more than one root');
  }
  return toNode(root, 1);
}

/** The charset that a document's prolog names. */
export function prologCharset(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, prologBytesMax)).toString('latin1');
  return /^(?:\u00ef\u00bb\u00bf)?<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(
    head,
  )?.[1];
}

/** Text for inside an element. A carriage return would be normalized away if it were not escaped. */
export function escapeXml(text: string): string {
  if (NOT_XML.test(text)) {
    throw new AlipayProtocolError('ALIPAY_UNENCODABLE_TEXT', 'XML cannot carry this text');
  }
  return text.replace(/[&<>"\r\n\t]/g, (character) => ESCAPES[character] ?? character);
}

export function assertXmlName(name: string): void {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw malformed(`${shown(name)} is no name of an element`);
}

const tagsMax = 4000;
const depthMax = 16;
const prologBytesMax = 256;

// Everything outside the production Char of XML 1.0.
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

function parse(text: string): ReturnType<typeof parseXml> {
  try {
    return parseXml(text, { preserveDocumentType: true });
  } catch (cause) {
    // The parser's message quotes the document, so it is not passed on.
    throw malformed(cause instanceof RangeError ? 'XML nested too deeply' : 'not well-formed XML');
  }
}

function toNode(element: XmlElement, depth: number): XmlNode {
  if (depth > depthMax) throw malformed('XML nested too deeply');
  const children: XmlNode[] = [];
  let text = '';
  for (const child of element.children) {
    if (child instanceof XmlElement) children.push(toNode(child, depth + 1));
    else if (child instanceof XmlText) text += child.text;
  }
  return { name: element.name, attributes: element.attributes, text, children };
}
