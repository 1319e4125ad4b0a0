import { type NotifyId } from '../ids';
import { decodeAnswer, type EncodedRequest } from '@countersign/alipay-protocol';

import { readUnsignedRefusal } from '../call-gateway';
import { AlipayRequestInvalid, AlipayServiceError } from '../errors';
import { type CallOptions, type Gateway } from '../gateway';
import { type Outcome, rejected, succeeded } from '../outcome';
import { type HttpAnswer } from '../post-form';
import { type Attempt, clockSkewMs, reportedCall } from '../reported-call';
import { checkText, type RequestComplaint } from '../request-checks';
import { sendOnce } from '../send-once';
import { undecided } from '../verdict';

export interface NotifyVerifyRequest {
  readonly notifyId: NotifyId;
}

export interface NotifyVerifyAnswer {
  readonly notifyId: NotifyId;
  /**
   * Whether Alipay, as far as an unsigned word can tell, still waits for this notification to be
   * acknowledged. False proves nothing: the id may be forged, or acknowledged, or too old.
   */
  readonly isVouchedFor: boolean;
}

const SERVICE = 'notify_verify';

/**
 * Asks whether Alipay sent a notification. The one service that is asked by GET without a signature
 * and answers in plain text without one: `true` proves as much as the connection does, and nothing
 * about the content of the notification. Never let money hang on it alone (PROTOCOL.md §7.4).
 */
export async function notifyVerify(
  gateway: Gateway,
  { notifyId }: NotifyVerifyRequest,
  options: CallOptions = {},
): Promise<Outcome<NotifyVerifyAnswer>> {
  const complaint = checkNotifyVerify({ notifyId });
  if (complaint !== undefined) throw new AlipayRequestInvalid(SERVICE, complaint);

  const fields = { service: SERVICE, partner: gateway.partnerId, notify_id: notifyId };
  const encode = (gatewayUrl: string): EncodedRequest => encodeQuestion(gatewayUrl, fields);
  const encoded = encode(gateway.gatewayUrl);
  const call = { service: SERVICE, startedAt: gateway.now(), fields };
  return reportedCall(gateway, call, async () => {
    const answer = await sendOnce(gateway, encoded, encode, options);
    return {
      ...readAnswer(gateway, notifyId, answer),
      clockSkewMs: clockSkewMs(gateway.now(), answer.date),
    };
  });
}

export function checkNotifyVerify({ notifyId }: NotifyVerifyRequest): RequestComplaint | undefined {
  return checkText('notifyId', notifyId, { lengthMax: 128 });
}

/** Neither signed nor with a charset: what is asked is ASCII, and the answer one word. */
function encodeQuestion(gatewayUrl: string, fields: Record<string, string>): EncodedRequest {
  const url = new URL(gatewayUrl);
  url.search = new URLSearchParams(fields).toString();
  url.hash = '';
  return { method: 'GET', url: url.href, headers: { accept: 'text/plain' }, body: undefined };
}

function readAnswer(
  gateway: Gateway,
  notifyId: string,
  answer: HttpAnswer,
): Attempt<NotifyVerifyAnswer> {
  const { status, contentType, body } = answer;
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (status !== 200) throw unreadable(`HTTP ${status} ${mediaType}`.trim());
  if (mediaType.endsWith('/xml')) return readXml(gateway, answer);

  const word = body.toString('latin1').trim();
  switch (word) {
    case 'true':
    case 'false':
      return {
        outcome: succeeded({ notifyId, isVouchedFor: word === 'true' }),
        response: { text: word },
      };
    // The question itself is wrong: another's partner id, or no notify_id.
    case 'invalid':
      return { outcome: rejected(word, { signed: false }), response: { text: word } };
    default:
      // What stands there instead may be a whole page: it is neither shown nor kept.
      throw unreadable(`${body.length} bytes of ${mediaType || 'no type'}`);
  }
}

/** The gateway's own refusal comes as from every service. A signed answer is to something else. */
function readXml(
  { keys, keysByService }: Gateway,
  { contentType, body }: HttpAnswer,
): Attempt<NotifyVerifyAnswer> {
  const { verifier } = keysByService[SERVICE] ?? keys;
  const decoded = decodeAnswer(body, {
    verifier,
    ...(contentType === undefined ? {} : { contentType }),
  });
  if (decoded.accepted) return { outcome: undecided('it is no answer to notify_verify') };
  return {
    outcome: readUnsignedRefusal(decoded.code),
    response: { is_success: 'F', error: decoded.code },
  };
}

function unreadable(what: string): AlipayServiceError {
  return new AlipayServiceError(
    'ALIPAY_ANSWER_UNREADABLE',
    `the gateway answered ${what} instead of true, false or invalid`,
  );
}
