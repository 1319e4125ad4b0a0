import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createVerifier, decodeNotification } from '@countersign/alipay-protocol';
import {
  createNotificationInbox,
  type Domain,
  processNotifications,
  qrCodeIdOfToken,
  type VerifiedNotification,
} from '@countersign/merchant-domain';

import { GATEWAY_KEYS } from './keys';
import { within } from './wait-for';

/** A notification as Alipay posted it, kept until a session takes it in. */
export interface Letter {
  readonly token: string;
  readonly contentType: string | null;
  readonly body: Buffer;
  readonly tradeNo: string;
  readonly tradeStatus: string;
}

export interface Letterbox {
  readonly notifyUrl: (token: string) => string;
  /** All about a trade so far. */
  about(tradeNo: string): readonly Letter[];
  /** The one that tells of this status, as soon as it is there. */
  awaited(tradeNo: string, tradeStatus: string): Promise<Letter>;
  close(): Promise<void>;
}

const verifier = createVerifier({ signType: 'MD5', md5Key: GATEWAY_KEYS.md5Key });

/** Stands at the address that Alipay notifies, and acknowledges what comes. */
export async function openLetterbox(): Promise<Letterbox> {
  const letters = new Map<string, Letter[]>();
  let arrived: (() => void)[] = [];
  const server = createServer((request, response) => {
    void readLetter(request).then((letter) => {
      letters.set(letter.tradeNo, [...(letters.get(letter.tradeNo) ?? []), letter]);
      response.end('success');
      for (const look of arrived) look();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const about = (tradeNo: string): readonly Letter[] => letters.get(tradeNo) ?? [];

  return {
    notifyUrl: (token) => `${url}/${token}`,
    about,
    awaited: (tradeNo, tradeStatus) =>
      within(
        `a letter about ${tradeNo}, ${tradeStatus}`,
        10_000,
        new Promise((resolve) => {
          const look = (): void => {
            const found = about(tradeNo).find((letter) => letter.tradeStatus === tradeStatus);
            if (found === undefined) return;
            arrived = arrived.filter((other) => other !== look);
            resolve(found);
          };
          arrived.push(look);
          look();
        }),
      ),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readLetter(request: IncomingMessage): Promise<Letter> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const form = new URLSearchParams(body.toString('utf8'));
  return {
    token: request.url?.slice(1) ?? '',
    contentType: request.headers['content-type'] ?? null,
    body,
    tradeNo: form.get('trade_no') ?? '',
    tradeStatus: form.get('trade_status') ?? '',
  };
}

/** What the notification route does, and then the worker. */
export async function hear(domain: Domain, letters: readonly Letter[]): Promise<void> {
  await takeIn(domain, letters);
  await processNotifications(domain, { limit: 100 });
}

/** What the notification route does. */
export async function takeIn(domain: Domain, letters: readonly Letter[]): Promise<void> {
  const inbox = createNotificationInbox(domain.database, domain);
  await Promise.all(letters.map((letter) => inbox.accept(verified(domain, letter))));
  await inbox.close();
}

export function verified(domain: Domain, letter: Letter): VerifiedNotification {
  const { body, contentType, token } = letter;
  return {
    fields: decodeNotification(body, {
      ...(contentType === null ? {} : { contentType }),
      verifier,
    }),
    body,
    contentType,
    qrCodeId: qrCodeIdOfToken(domain.database, token),
  };
}
