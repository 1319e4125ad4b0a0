import {
  AlipayProtocolError,
  type Charset,
  charsetNamed,
  decodeAnswer,
  encodeAnswer,
  type Fields,
  signedText,
  signFields,
  type SignType,
} from '@countersign/alipay-protocol';

import { maskEachField } from './mask-fields';
import { type Disguise } from './notification-vector';

/** A call as the books have it: its signatures are not kept, and buyers are masked already. */
export interface KeptCall {
  readonly service: string;
  readonly request: Fields;
  readonly response: Fields | null;
}

/** As in `vectors/signatures.json` of `@countersign/alipay-protocol`, with a key beside these. */
export interface SignatureVector {
  readonly name: string;
  readonly signType: SignType;
  readonly charset: Charset;
  readonly fields: Fields;
  readonly signedText: string;
  readonly sign: string;
}

/** As in `vectors/answers.json`. The bytes are written anew: those that came are not kept. */
export interface AnswerVector {
  readonly name: string;
  readonly signType: SignType;
  readonly charset: Charset;
  readonly base64: string;
  readonly fields?: Fields;
  readonly signedText?: string;
  readonly code?: string;
}

const CHARSET = 'UTF-8';

/** What we asked. Undefined for the one question that is not signed. */
export function signatureVector(
  { service, request }: KeptCall,
  { mask, keyFor }: Disguise,
  signType: SignType,
): SignatureVector | undefined {
  if (service === 'notify_verify') return undefined;
  const { sign: _sign, sign_type: _signType, ...asked } = request;
  const masked = maskEachField(asked, mask);
  const key = keyFor(signType);
  return orNone(() => ({
    name: `${service} request`,
    signType,
    charset: charsetNamed(masked['_input_charset'] ?? CHARSET) ?? CHARSET,
    ...key.shown,
    fields: masked,
    signedText: signedText(masked),
    sign: signFields(masked, key.signer)['sign'] ?? '',
  }));
}

/** What the gateway said, where it said what can be believed, or refused at its door. */
export function answerVector(
  { service, response }: KeptCall,
  { mask, keyFor }: Disguise,
  signType: SignType,
): AnswerVector | undefined {
  if (response === null || service === 'notify_verify') return undefined;
  const { sign: _sign, sign_type: _signType, ...said } = response;
  const key = keyFor(signType);
  const about = { signType, charset: CHARSET, ...key.shown } as const;
  if (said['is_success'] === 'F') {
    const { error: code = '' } = said;
    return orNone(() => ({
      name: `${service}, refused unsigned`,
      ...about,
      base64: encodeAnswer({ error: code }).toString('base64'),
      code,
    }));
  }
  return orNone(() => {
    const bytes = encodeAnswer(maskEachField(said, mask), key.signer, { charset: CHARSET });
    const decoded = decodeAnswer(bytes, { verifier: key.verifier });
    const fields: Fields = decoded.accepted ? { ...decoded.fields } : {};
    return {
      name: `${service} answer`,
      ...about,
      base64: bytes.toString('base64'),
      fields,
      signedText: signedText(fields),
    };
  });
}

/** What cannot be written is left out: text that XML does not carry, or a name that is none. */
function orNone<Vector>(make: () => Vector): Vector | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof AlipayProtocolError) return undefined;
    throw error;
  }
}
