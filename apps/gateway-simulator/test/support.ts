import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createSigner,
  createVerifier,
  decodeAnswer,
  decodeNotification,
  encodeRequest,
  formatGatewayTime,
  type Fields,
  type Signer,
  type Verifier,
} from '@countersign/alipay-protocol';
import { startGatewaySimulator, type GatewaySimulator, type SimulatorOptions } from '../src/index';

export const PARTNER = '2088000000000001';
export const MD5_KEY = '0123456789abcdef0123456789abcdef';
export const NOTIFY_URL = 'http://127.0.0.1:9/alipay/notifications/nobody-listens';

const pem = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;
const gatewayPair = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem });
const merchantPair = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem });

export const KEYS = {
  md5Key: MD5_KEY,
  privateKey: gatewayPair.privateKey,
  merchantPublicKey: merchantPair.publicKey,
};

export type SignType = 'MD5' | 'RSA' | 'RSA2';

export function merchantSigner(signType: SignType, charset: 'UTF-8' | 'GBK' = 'UTF-8'): Signer {
  return signType === 'MD5'
    ? createSigner({ signType, md5Key: MD5_KEY, charset })
    : createSigner({ signType, privateKey: merchantPair.privateKey, charset });
}

export function gatewayVerifier(signType: SignType): Verifier {
  return signType === 'MD5'
    ? createVerifier({ signType, md5Key: MD5_KEY })
    : createVerifier({ signType, publicKey: gatewayPair.publicKey });
}

const running = new Set<{ close: () => Promise<void> }>();

export async function startSimulator(
  options: Partial<SimulatorOptions> = {},
): Promise<GatewaySimulator> {
  const simulator = await startGatewaySimulator({ partnerId: PARTNER, ...KEYS, ...options });
  running.add(simulator);
  return simulator;
}

/** Ends everything that a test started; call it after each. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((each) => each.close()));
  running.clear();
}

export interface Asked {
  readonly signType?: SignType;
  readonly charset?: 'UTF-8' | 'GBK';
  readonly method?: 'GET' | 'POST';
}

/** One signed call, answered by raw bytes. */
export async function post(
  simulator: GatewaySimulator,
  fields: Fields,
  asked: Asked = {},
): Promise<Response> {
  const { signType = 'MD5', charset = 'UTF-8', method = 'POST' } = asked;
  const request = encodeRequest(
    { partner: PARTNER, _input_charset: charset, ...fields },
    merchantSigner(signType, charset),
    { gatewayUrl: simulator.gatewayUrl, method },
  );
  return fetch(request.url, {
    method: request.method,
    headers: request.headers,
    ...(request.method === 'GET' || request.body === undefined ? {} : { body: request.body }),
  });
}

export interface Said {
  readonly accepted: boolean;
  readonly code?: string;
  readonly fields: Fields;
}

/** One signed call, its answer verified and read. */
export async function call(
  simulator: GatewaySimulator,
  fields: Fields,
  asked: Asked = {},
): Promise<Said> {
  const response = await post(simulator, fields, asked);
  const answer = decodeAnswer(Buffer.from(await response.arrayBuffer()), {
    contentType: response.headers.get('content-type') ?? '',
    verifier: gatewayVerifier(asked.signType ?? 'MD5'),
  });
  return answer.accepted
    ? { accepted: true, fields: { ...answer.fields } }
    : { accepted: false, code: answer.code, fields: {} };
}

export function createFields(changed: Fields = {}, bizData: Record<string, unknown> = {}): Fields {
  return {
    service: 'alipay.commerce.qrcode.create',
    timestamp: formatGatewayTime(new Date()),
    notify_url: NOTIFY_URL,
    biz_type: 'OVERSEASHOPQRCODE',
    biz_data: JSON.stringify({
      secondary_merchant_industry: '5812',
      secondary_merchant_id: 'M_1',
      secondary_merchant_name: '好味茶餐廳有限公司',
      store_id: 'S-1',
      store_name: '好味茶餐廳',
      trans_currency: 'HKD',
      currency: 'HKD',
      ...bizData,
    }),
    ...changed,
  };
}

export async function createCode(
  simulator: GatewaySimulator,
  changed: Fields = {},
  bizData: Record<string, unknown> = {},
  asked: Asked = {},
): Promise<string> {
  const answer = await call(simulator, createFields(changed, bizData), asked);
  return answer.fields.qrcode ?? `refused with ${answer.code ?? answer.fields.error ?? 'nothing'}`;
}

export interface Reply<Json> {
  readonly status: number;
  readonly json: Json;
}

export async function control<Json = Record<string, unknown>>(
  simulator: GatewaySimulator,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply<Json>> {
  const response = await fetch(`${simulator.controlUrl}${path}`, {
    method,
    ...(body === undefined
      ? { headers }
      : {
          headers: { 'Content-Type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

export interface Paid {
  readonly trade_no: string;
  readonly out_trade_no: string;
  readonly trade_status: string;
}

export async function pay(
  simulator: GatewaySimulator,
  qrcode: string,
  amount = '12.50',
  more: Record<string, unknown> = {},
): Promise<Paid> {
  const { json } = await control<Paid>(simulator, 'POST', '/payments', { qrcode, amount, ...more });
  return json;
}

export interface BookedTrade {
  readonly trade_status: string;
  readonly cancelled: boolean;
  readonly refunded: string;
  readonly refunds: { partner_refund_id: string; amount: string; status: string }[];
  readonly notifications: {
    notify_id: string;
    trade_status: string;
    acknowledged: boolean;
    next_send_at: string | null;
    sends: {
      form: Fields;
      httpStatus: number | null;
      answer: string | null;
      trouble: string | null;
    }[];
  }[];
}

export async function booked(
  simulator: GatewaySimulator,
  { trade_no }: Paid,
): Promise<BookedTrade> {
  return (await control<BookedTrade>(simulator, 'GET', `/trades/${trade_no}`)).json;
}

export interface Received {
  readonly fields: Fields;
  readonly body: string;
  readonly path: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** What the merchant answers from now on. */
  answer: { status: number; text: string };
  readonly close: () => Promise<void>;
}

/** A merchant's server: keeps what it was sent, verified or not, and answers as told. */
export async function startReceiver(verifier = gatewayVerifier('MD5')): Promise<Receiver> {
  const received: Received[] = [];
  const receiver: Receiver = {
    url: '',
    received,
    answer: { status: 200, text: 'success' },
    close: () => closeServer(server),
  };
  const server = createServer((request, response) => {
    void readAll(request).then((bytes) => {
      received.push({
        fields: readForm(bytes, request, verifier),
        body: bytes.toString('latin1'),
        path: request.url ?? '',
      });
      response.writeHead(receiver.answer.status).end(receiver.answer.text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  running.add(receiver);
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alipay/notifications/secret`,
  });
}

function readForm(bytes: Buffer, request: IncomingMessage, verifier: Verifier): Fields {
  try {
    return {
      ...decodeNotification(bytes, {
        contentType: request.headers['content-type'] ?? '',
        verifier,
      }),
    };
  } catch (error) {
    return { refused: String(error) };
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/** Waits for a fact, and says which one when it does not come. */
export async function until(
  fact: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 4000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await fact())) {
    if (Date.now() > end) throw new Error(`It never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
