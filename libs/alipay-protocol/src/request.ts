import { contentTypeCharset, readableCharset, writableCharset } from './charset';
import { malformed } from './errors';
import { collectFields, type Fields, optional } from './fields';
import { charsetOfPairs, charsetOrUtf8, decodePairs, encodeForm, splitForm } from './form';
import { type Signer, signFields } from './sign-fields';

export interface EncodedRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** ASCII; absent for a GET. */
  readonly body: string | undefined;
}

/**
 * A signed request. A POST carries `_input_charset` in its URL, where alone it decides about the
 * answer's charset, and everything else in its body (PROTOCOL.md §4.1). Fields without a value are
 * neither sent nor signed.
 */
export function encodeRequest(
  fields: Readonly<Fields>,
  signer: Signer,
  {
    gatewayUrl,
    method = 'POST',
  }: { readonly gatewayUrl: string; readonly method?: 'GET' | 'POST' },
): EncodedRequest {
  const label = optional(fields, '_input_charset') ?? signer.charset;
  const charset = writableCharset(label);
  const given = Object.entries(fields).filter(([, value]) => value !== '');
  const { _input_charset, ...others } = signFields(
    { ...Object.fromEntries(given), _input_charset: label },
    signer,
  );
  const url = bareUrl(gatewayUrl);
  if (method === 'GET') {
    const query = encodeForm({ _input_charset: label, ...others }, charset);
    return { method, url: `${url}?${query}`, headers: { accept: ACCEPTED }, body: undefined };
  }
  return {
    method,
    url: `${url}?${encodeForm({ _input_charset: label }, charset)}`,
    headers: {
      accept: ACCEPTED,
      'content-type': `application/x-www-form-urlencoded;charset=${charset}`,
    },
    body: encodeForm(others, charset),
  };
}

export interface RequestParts {
  /** The whole URL, or what stands on the request line. */
  readonly url: string;
  readonly contentType?: string | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** What to read in where neither `_input_charset` nor the Content-Type says; UTF-8 if not given. */
  readonly defaultCharset?: string | undefined;
}

/** The fields of query and body together, not yet verified. One that stands in both is refused. */
export function decodeRequest({ url, contentType, body, defaultCharset }: RequestParts): Fields {
  const pairs = [...splitForm(queryOf(url)), ...splitForm(body ?? '')];
  const named = charsetOfPairs(pairs);
  const charset =
    named === undefined
      ? charsetOrUtf8(contentTypeCharset(contentType) ?? defaultCharset)
      : readableCharset(named);
  return collectFields(decodePairs(pairs, charset));
}

const ACCEPTED = 'text/xml,text/plain,text/html';

/** A parameter in the configured address would be sent without being signed. */
function bareUrl(gatewayUrl: string): string {
  const [address = '', query = ''] = gatewayUrl.split('?', 2);
  if (!/^(?:_input_charset=[A-Za-z0-9-]*)?$/.test(query) || address.includes('#')) {
    throw malformed("the gateway's address must have no parameters of its own");
  }
  return address;
}

function queryOf(url: string): string {
  const [beforeFragment = ''] = url.split('#', 1);
  const at = beforeFragment.indexOf('?');
  return at < 0 ? '' : beforeFragment.slice(at + 1);
}
