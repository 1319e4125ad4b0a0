import { type IncomingMessage, type ServerResponse } from 'node:http';

import {
  AlipayProtocolError,
  decodeNotification,
  type Fields,
  type Verified,
  type Verifier,
} from '@countersign/alipay-protocol';
import {
  type Clock,
  type Database,
  type DomainLog,
  InboxFull,
  keepRefusedNotification,
  type NotificationInbox,
  qrCodeIdOfToken,
} from '@countersign/merchant-domain';

import { BodyRefused, readBody } from '../http/read-body';
import { type Reply, respond, text } from '../http/respond';

export interface NotificationRoute {
  readonly database: Database;
  readonly clock: Clock;
  readonly inbox: Pick<NotificationInbox, 'accept'>;
  readonly verifier: Verifier;
  readonly log: DomainLog;
  /** Says that something did not verify, which strangers can bring about as often as they like. */
  readonly warnOfRefusal: DomainLog['warn'];
}

export const NOTIFICATION_PATH = '/alipay/notifications';

const notificationBodyBytesMax = 64 * 1024;
const notificationBodyTimeoutMs = 10_000;

/** What Alipay waits for; everything else makes it send again (PROTOCOL.md §7). */
const SUCCESS = text(200, 'success');

/** The token at the end of the path; null where the path is not one that Alipay posts to. */
export function notificationTokenIn(path: string): string | null {
  if (path === NOTIFICATION_PATH) return '';
  return path.startsWith(`${NOTIFICATION_PATH}/`) ? path.slice(NOTIFICATION_PATH.length + 1) : null;
}

/** Verifies what Alipay posts, keeps it, and says `success` only after the commit. */
export async function answerNotification(
  route: NotificationRoute,
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
): Promise<void> {
  respond(request, response, await takeIn(route, request, token));
}

async function takeIn(
  route: NotificationRoute,
  request: IncomingMessage,
  token: string,
): Promise<Reply> {
  if (request.method !== 'POST') return text(405, 'fail', { allow: 'POST' });

  let body: Buffer;
  try {
    body = await readBody(request, {
      bytesMax: notificationBodyBytesMax,
      timeoutMs: notificationBodyTimeoutMs,
    });
  } catch (error) {
    if (!(error instanceof BodyRefused)) throw error;
    return text(error.status, 'fail');
  }

  const contentType = request.headers['content-type'] ?? null;
  const qrCodeId = qrCodeIdOfToken(route.database, token);
  const read = readFields(route.verifier, body, contentType);
  if (read instanceof AlipayProtocolError) {
    await refuse(route, { body, contentType, qrCodeId, reason: read.message });
    return text(400, 'fail');
  }
  return accept(route, { fields: read, body, contentType, qrCodeId });
}

function readFields(
  verifier: Verifier,
  body: Buffer,
  contentType: string | null,
): Verified<Fields> | AlipayProtocolError {
  try {
    return decodeNotification(body, {
      verifier,
      ...(contentType === null ? {} : { contentType }),
    });
  } catch (error) {
    if (error instanceof AlipayProtocolError) return error;
    throw error;
  }
}

async function accept(
  { inbox, log }: NotificationRoute,
  message: Parameters<NotificationInbox['accept']>[0],
): Promise<Reply> {
  try {
    // No line in the log: the row says it, and hundreds of them arrive in a second.
    await inbox.accept(message);
    return SUCCESS;
  } catch (error) {
    if (error instanceof InboxFull) log.warn('the inbox is full: Alipay will send again');
    else log.error('a notification could not be kept: Alipay will send again', { error });
    return text(503, 'fail', { 'retry-after': '5' });
  }
}

/** Strangers fill no table: only at a code's secret address are unverified bytes kept at all. */
async function refuse(
  { database, clock, log, warnOfRefusal }: NotificationRoute,
  refused: {
    readonly body: Buffer;
    readonly contentType: string | null;
    readonly qrCodeId: string | null;
    readonly reason: string;
  },
): Promise<void> {
  const { qrCodeId, reason } = refused;
  warnOfRefusal('a notification did not verify', { qrCodeId, reason });
  if (qrCodeId === null) return;
  try {
    await keepRefusedNotification(database, clock, { ...refused, qrCodeId });
  } catch (error) {
    log.error('what did not verify could not be kept', { qrCodeId, error });
  }
}
