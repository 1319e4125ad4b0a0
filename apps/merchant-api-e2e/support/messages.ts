import {
  createSigner,
  encodeNotification,
  type Charset,
  type Fields,
} from '@countersign/alipay-protocol';

import { GATEWAY_KEYS } from './keys';

export interface Message {
  readonly contentType: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** A message as the gateway has written it down, with its signature. */
export function asSent(form: Readonly<Record<string, string>>): Message {
  return {
    contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
    body: new URLSearchParams(form).toString(),
  };
}

/** A message of our own making, signed with the gateway's key (RSA2). */
export function signedByGateway(
  { sign: _sign, sign_type: _signType, ...content }: Fields,
  charset: Charset = 'UTF-8',
): Message {
  const signer = createSigner({ signType: 'RSA2', privateKey: GATEWAY_KEYS.privateKey, charset });
  const { contentType, body } = encodeNotification(content, signer, { charset });
  return { contentType, body: new Uint8Array(Buffer.from(body)) };
}

/** Posts as Alipay does. */
export async function postMessage(
  url: string,
  { contentType, body }: Message,
): Promise<{ readonly httpStatus: number; readonly answer: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  });
  return { httpStatus: response.status, answer: await response.text() };
}

export const TAKEN_IN = { httpStatus: 200, answer: 'success' };
export const REFUSED = { httpStatus: 400, answer: 'fail' };
