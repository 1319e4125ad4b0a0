import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  createSigner,
  createVerifier,
  decodeAnswer,
  decodeNotification,
  encodeAnswer,
  encodeRequest,
  type Fields,
  signedText,
  signFields,
  verifyFields,
} from '@countersign/alipay-protocol';
import { AlipaySdk } from 'alipay-sdk';
import { XMLParser } from 'fast-xml-parser';

import { type SignaturesOptions } from './command-line';
import { makeKeys } from './make-keys';
import { CONTENT_TYPE, notificationFields, signNotification } from './sign-notifications';
import { median } from './statistics';

/** CPU of one call in µs: the median of the rounds. */
export interface Cost {
  readonly what: string;
  readonly cpuUs: number;
}

export interface SignaturesResult {
  readonly options: SignaturesOptions;
  readonly node: string;
  /** The first of each is bare crypto with a key that was read once. */
  readonly verifying: readonly Cost[];
  readonly signing: readonly Cost[];
  /** The first is one RSA2 signature: what the text, an MD5 signature and the form take beside it. */
  readonly forms: readonly Cost[];
  /** The first is a usual pipeline: parse the XML, join the fields, verify. */
  readonly answers: readonly Cost[];
}

type Work = Readonly<Record<string, () => unknown>>;

const TURN_MS = 200;

/** What the protocol library adds to a bare RSA2 signature, and what reading a key each time costs. */
export async function measureSignatures(
  options: SignaturesOptions,
  signal: AbortSignal,
): Promise<SignaturesResult> {
  const keys = makeKeys('RSA2');
  const fields: Fields = notificationFields('000000000001', { sellerId: '2088000000000001' });
  const signed = signFields(fields, keys.alipaySigner);
  const { body } = signNotification(fields, keys.alipaySigner);
  const text = Buffer.from(signedText(fields));
  const signature = Buffer.from(signed['sign'] ?? '', 'base64');
  const publicKey = createPublicKey(keys.alipayPublic);
  const privateKey = createPrivateKey(keys.alipayPrivate);
  const verifier = createVerifier({ signType: 'RSA2', publicKey: keys.alipayPublic });
  const sdk = new AlipaySdk({
    appId: 'benchmark',
    privateKey: keys.alipayPrivate,
    keyType: 'PKCS8',
    alipayPublicKey: keys.alipayPublic,
    signType: 'RSA2',
  });
  const formOf = (charset: 'UTF-8' | 'GBK') => {
    const md5 = createSigner({ signType: 'MD5', md5Key: MD5_KEY, charset });
    return () =>
      encodeRequest({ ...CREATE, _input_charset: charset }, md5, { gatewayUrl: GATEWAY });
  };
  const answer = encodeAnswer(ANSWER, keys.alipaySigner, { charset: 'UTF-8' });
  const parser = new XMLParser({ parseTagValue: false });

  return {
    options,
    node: process.version,
    verifying: await interleaveCalls(options.rounds, signal, {
      'crypto.verify, the key read once': () => verify('sha256', text, publicKey, signature),
      'crypto.verify, the key read each time': () =>
        verify('sha256', text, keys.alipayPublic, signature),
      verifyFields: () => verifyFields(signed, verifier),
      'alipay-sdk, checkNotifySignV2': () => sdk.checkNotifySignV2({ ...signed }),
      'decodeNotification, from the bytes': () =>
        decodeNotification(body, { contentType: CONTENT_TYPE, verifier }),
    }),
    signing: await interleaveCalls(options.rounds, signal, {
      'crypto.sign, the key read once': () => sign('sha256', text, privateKey),
      'crypto.sign, the key read each time': () => sign('sha256', text, keys.alipayPrivate),
      signFields: () => signFields(fields, keys.alipaySigner),
      'alipay-sdk, sdkExecute': () => sdk.sdkExecute('alipay.trade.pay', { bizContent: CREATE }),
    }),
    forms: await interleaveCalls(options.rounds, signal, {
      'one RSA2 signature': () => sign('sha256', text, privateKey),
      'encodeRequest with MD5, UTF-8': formOf('UTF-8'),
      'encodeRequest with MD5, Chinese in GBK': formOf('GBK'),
    }),
    answers: await interleaveCalls(options.rounds, signal, {
      'fast-xml-parser, join, crypto.verify': () => {
        const { alipay } = parser.parse(answer) as ParsedXml;
        const content = Object.entries(alipay.response.alipay).sort(([a], [b]) => (a < b ? -1 : 1));
        const joined = content.map(([name, value]) => `${name}=${value}`).join('&');
        return verify('sha256', Buffer.from(joined), publicKey, Buffer.from(alipay.sign, 'base64'));
      },
      'decodeAnswer, from the bytes': () => decodeAnswer(answer, { verifier }),
    }),
  };
}

interface ParsedXml {
  readonly alipay: {
    readonly sign: string;
    readonly response: { readonly alipay: Readonly<Record<string, string>> };
  };
}

const MD5_KEY = '0123456789abcdef0123456789abcdef';
const GATEWAY = 'https://gateway.example/gateway.do';
const CREATE: Fields = {
  service: 'alipay.commerce.qrcode.create',
  partner: '2088000000000001',
  timestamp: '2026-01-02 11:04:05',
  biz_type: 'OVERSEASHOPQRCODE',
  notify_url:
    'https://shop.example/alipay/notifications/Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWo',
  biz_data:
    '{"secondary_merchant_industry":"5812","secondary_merchant_id":"M_1","secondary_merchant_name":"翡翠餐飲有限公司","store_id":"S_1","store_name":"翡翠茶餐廳（中環）","trans_currency":"HKD","currency":"HKD","country_code":"HK","address":"中環皇后大道中1號"}',
};
const ANSWER: Fields = {
  result_code: 'SUCCESS',
  alipay_trans_id: '2026010222001000000000000001',
  partner_trans_id: 'T20260102000001',
  alipay_buyer_login_id: '852-61****67',
  alipay_pay_time: '20260102110405',
  alipay_trans_status: 'TRADE_SUCCESS',
  trans_amount: '12.50',
  currency: 'HKD',
  payment_inst: 'ALIPAYHK',
};

/** A B C, A B C, …, each for a moment; the first time round is for warming up. */
async function interleaveCalls(rounds: number, signal: AbortSignal, work: Work): Promise<Cost[]> {
  const costs = new Map<string, number[]>(Object.keys(work).map((what) => [what, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [what, call] of Object.entries(work)) {
      const cpuUs = costOf(call);
      if (round > 0) costs.get(what)?.push(cpuUs);
      await nextTurn();
      signal.throwIfAborted();
    }
  }
  return [...costs].map(([what, values]) => ({ what, cpuUs: median(values) }));
}

function costOf(call: () => unknown): number {
  const before = process.cpuUsage();
  const endsAt = performance.now() + TURN_MS;
  let calls = 0;
  while (performance.now() < endsAt) {
    for (let once = 0; once < 10; once += 1) call();
    calls += 10;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
