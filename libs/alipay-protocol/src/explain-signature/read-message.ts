import { decodeAnswer, parseAnswer } from '../answer';
import { type Charset } from '../charset';
import { AlipayProtocolError } from '../errors';
import { type Fields } from '../fields';
import { decodeNotification, parseNotification } from '../notification';
import { decodeRequest } from '../request';
import { signedText } from '../signed-text';
import { type Verifier, verifyFields } from '../verify-fields';

export type MessageKind = 'answer' | 'notification' | 'request';

export type Message =
  | {
      readonly kind: MessageKind;
      readonly fields: Fields;
      readonly charset: Charset | undefined;
      readonly signedText: string;
      /** As the product itself would decide. */
      readonly isGood: (verifier: Verifier) => boolean;
    }
  | { readonly kind: 'refusal'; readonly code: string };

export interface HowItCame {
  readonly isRequest: boolean;
  readonly url?: string | undefined;
  readonly contentType?: string | undefined;
}

/** What somebody pasted: XML is an answer, a URL a request, anything else the body of a form. */
export function readMessage(bytes: Buffer, { isRequest, url, contentType }: HowItCame): Message {
  const start = bytes.subarray(0, 64).toString('latin1').trimStart();
  if (start === '') throw new Error('the message is empty');
  if (/^(?:\xef\xbb\xbf)?</.test(start)) return answerIn(bytes, contentType);
  // An editor ends a file with a line end; a form has none that is not escaped.
  const body = trimmedEnd(bytes);
  if (isRequest) return requestIn(body, { url, contentType });
  const fields = parseNotification(body, { contentType });
  return messageOf('notification', fields, undefined, (verifier) =>
    decodeNotification(body, { contentType, verifier }),
  );
}

function answerIn(bytes: Buffer, contentType: string | undefined): Message {
  const { fields, charset, refusal } = parseAnswer(bytes, { contentType });
  if (refusal !== undefined) return { kind: 'refusal', code: refusal };
  return messageOf('answer', fields, charset, (verifier) =>
    decodeAnswer(bytes, { contentType, verifier }),
  );
}

function requestIn(body: Buffer, { url, contentType }: Omit<HowItCame, 'isRequest'>): Message {
  const text = body.toString('latin1');
  const isUrl = /^(?:https?:\/\/|\/)[^?\s]*\?/.test(text);
  const fields = decodeRequest(isUrl ? { url: text } : { url: url ?? '', body, contentType });
  return messageOf('request', fields, undefined, (verifier) => verifyFields(fields, verifier));
}

function messageOf(
  kind: MessageKind,
  fields: Fields,
  charset: Charset | undefined,
  verify: (verifier: Verifier) => unknown,
): Message {
  return {
    kind,
    fields,
    charset,
    signedText: signedText(fields),
    isGood: (verifier) => {
      try {
        verify(verifier);
        return true;
      } catch (error) {
        if (error instanceof AlipayProtocolError) return false;
        throw error;
      }
    },
  };
}

function trimmedEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  return bytes.subarray(0, end);
}
