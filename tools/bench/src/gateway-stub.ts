import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';

import {
  createSigner,
  decodeRequest,
  encodeAnswer,
  type Fields,
} from '@countersign/alipay-protocol';

import { AMOUNT } from './sign-notifications';

// Alipay's side of the one question that a payment raises, which wallet paid, and of refunds: a
// program of its own, so that its work is not counted as the product's. It believes every request and
// signs each answer. Asked over its channel it falls silent, and asked again it answers again.

async function main(): Promise<void> {
  const { SIGN_TYPE = '', ALIPAY_PRIVATE_KEY = '' } = process.env;
  const signer =
    SIGN_TYPE === 'MD5'
      ? createSigner({ signType: 'MD5', md5Key: ALIPAY_PRIVATE_KEY })
      : createSigner({
          signType: SIGN_TYPE === 'RSA' ? 'RSA' : 'RSA2',
          privateKey: ALIPAY_PRIVATE_KEY,
        });

  const answerTo = async (message: IncomingMessage): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const asked = decodeRequest({
      url: message.url ?? '',
      contentType: message.headers['content-type'],
      body: Buffer.concat(chunks),
    });
    const fields = answerFields(asked);
    return fields === undefined
      ? encodeAnswer({ error: 'ILLEGAL_SERVICE' })
      : encodeAnswer(fields, signer, { request: asked });
  };

  let isSilent = false;
  process.on('message', () => {
    isSilent = !isSilent;
    process.send?.({ type: 'done' });
  });
  const server = createServer((request, response) => {
    if (isSilent) return; // whoever asks gives up
    answerTo(request).then(
      (body) => {
        response.writeHead(200, { 'content-type': 'text/xml;charset=UTF-8' }).end(body);
      },
      () => {
        response.writeHead(500).end();
      },
    );
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
  process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
}

/** What Alipay says of a paid trade, and of a refund; undefined where it is asked for more. */
function answerFields(asked: Fields): Fields | undefined {
  switch (asked['service']) {
    case 'alipay.acquire.overseas.query':
      return {
        result_code: 'SUCCESS',
        alipay_trans_id: asked['alipay_trans_id'] ?? '',
        alipay_trans_status: 'TRADE_SUCCESS',
        out_trade_no: asked['partner_trans_id'] ?? '',
        partner_trans_id: asked['partner_trans_id'] ?? '',
        payment_inst: 'ALIPAYHK',
        trans_amount: AMOUNT,
        currency: 'HKD',
      };
    case 'alipay.acquire.overseas.spot.refund':
      return {
        result_code: 'SUCCESS',
        partner_trans_id: asked['partner_trans_id'] ?? '',
        partner_refund_id: asked['partner_refund_id'] ?? '',
        alipay_trans_id: asked['alipay_trans_id'] ?? '',
        refund_amount: asked['refund_amount'] ?? '',
        currency: asked['currency'] ?? '',
      };
    default:
      return undefined;
  }
}

void main();
