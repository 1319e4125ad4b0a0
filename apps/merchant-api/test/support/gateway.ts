import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';

import {
  createSigner,
  createVerifier,
  decodeRequest,
  encodeAnswer,
  type Fields,
  verifyFields,
} from '@countersign/alipay-protocol';

/** What the gateway says to one request. `SILENCE` never answers. */
export type Answering = (request: Fields) => Fields | 'SILENCE' | { readonly unsigned: string };

/** A gateway that agrees to everything, unless a test says otherwise. */
export interface AgreeableGateway {
  readonly url: string;
  readonly requests: readonly Fields[];
  /** How a service answers from now on, by its full name. */
  answer(service: string, answering: Answering): void;
  /** From now on answers are signed with another key. */
  spoilSignatures(): void;
  /** A service answers only after this has resolved. */
  hold(service: string, until: () => Promise<void>): void;
  close(): Promise<void>;
}

export const MD5_KEY = '10000000000000000000000000000000';
export const signer = createSigner({ signType: 'MD5', md5Key: MD5_KEY });
export const verifier = createVerifier({ signType: 'MD5', md5Key: MD5_KEY });

export const CREATE = 'alipay.commerce.qrcode.create';
export const QUERY = 'alipay.acquire.overseas.query';
export const REFUND = 'alipay.acquire.overseas.spot.refund';
export const MAINTAIN = 'alipay.overseas.secmerchant.offline.maintain';
export const QUERY_STATUS = 'alipay.overseas.secmerchant.maintain.queryStatus';

let issuedCodes = 0;

const AGREEABLE: Readonly<Record<string, Answering>> = {
  [CREATE]: () => {
    issuedCodes += 1;
    return { qrcode: `https://qr.example/${process.pid}-${issuedCodes}` };
  },
  'alipay.commerce.qrcode.modify': (request) => ({ qrcode: request['qrcode'] ?? '' }),
  'alipay.commerce.qrcode.modifyStatus': (request) => ({ qrcode: request['qrcode'] ?? '' }),
  [QUERY]: () => ({ result_code: 'FAIL', error: 'TRADE_NOT_EXIST' }),
  [MAINTAIN]: () => ({ result_code: 'SUCCESS' }),
  [QUERY_STATUS]: (request) => ({
    secondary_merchant_id: request['secondary_merchant_id'] ?? '',
    store_id: request['store_id'] ?? '',
    status: 'SUCCESS',
    store_status: 'ACTIVATED',
  }),
  [REFUND]: (request) => ({
    result_code: 'SUCCESS',
    partner_trans_id: request['partner_trans_id'] ?? '',
    partner_refund_id: request['partner_refund_id'] ?? '',
    refund_amount: request['refund_amount'] ?? '',
    currency: request['currency'] ?? '',
  }),
  'alipay.acquire.cancel': (request) => ({
    result_code: 'SUCCESS',
    out_trade_no: request['out_trade_no'] ?? '',
    action: 'refund',
    retry_flag: 'N',
  }),
};

export async function startGateway(): Promise<AgreeableGateway> {
  const requests: Fields[] = [];
  const answers = new Map(Object.entries(AGREEABLE));
  let answerSigner = signer;
  const holds = new Map<string, () => Promise<void>>();
  const server = createServer((message, response) => {
    void read(message).then(async (request) => {
      requests.push(request);
      await holds.get(request['service'] ?? '')?.();
      const said = answers.get(request['service'] ?? '')?.(request) ?? {
        unsigned: 'ILLEGAL_SERVICE',
      };
      if (said === 'SILENCE') return;
      response.setHeader('Content-Type', 'text/xml;charset=UTF-8');
      const { unsigned } = said as { unsigned?: string };
      response.end(
        unsigned === undefined
          ? encodeAnswer(said as Fields, answerSigner, { request })
          : encodeAnswer({ error: unsigned }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/gateway.do`,
    requests,
    answer: (service, answering) => {
      answers.set(service, answering);
    },
    spoilSignatures: () => {
      answerSigner = createSigner({ signType: 'MD5', md5Key: 'f'.repeat(32) });
    },
    hold: (service, until) => {
      holds.set(service, until);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(message: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const fields = decodeRequest({
    url: message.url ?? '',
    contentType: message.headers['content-type'],
    body: Buffer.concat(chunks),
  });
  return verifyFields(fields, verifier);
}
