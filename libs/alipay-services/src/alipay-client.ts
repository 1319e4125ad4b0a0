import { type Signer, type Verifier } from '@countersign/alipay-protocol';
import { Agent, type Dispatcher } from 'undici';

import { callGateway } from './call-gateway';
import {
  type CallOptions,
  type Gateway,
  type GatewayCallReport,
  type ServiceKeys,
} from './gateway';
import { type Operation } from './operation';
import {
  acquireCancel,
  type AcquireCancelAnswer,
  type AcquireCancelRequest,
} from './operations/acquire-cancel';
import {
  notifyVerify,
  type NotifyVerifyAnswer,
  type NotifyVerifyRequest,
} from './operations/notify-verify';
import {
  overseasQuery,
  type OverseasQueryAnswer,
  type OverseasQueryRequest,
} from './operations/overseas-query';
import {
  qrcodeCreate,
  type QrcodeCreateAnswer,
  type QrcodeCreateRequest,
} from './operations/qrcode-create';
import {
  qrcodeModify,
  type QrcodeModifyAnswer,
  type QrcodeModifyRequest,
} from './operations/qrcode-modify';
import {
  qrcodeModifyStatus,
  type QrcodeModifyStatusAnswer,
  type QrcodeModifyStatusRequest,
} from './operations/qrcode-modify-status';
import {
  refundQuery,
  type RefundQueryAnswer,
  type RefundQueryRequest,
} from './operations/refund-query';
import {
  secmerchantOfflineMaintain,
  type SecmerchantOfflineMaintainAnswer,
  type SecmerchantOfflineMaintainRequest,
} from './operations/secmerchant-offline-maintain';
import {
  secmerchantQueryStatus,
  type SecmerchantQueryStatusAnswer,
  type SecmerchantQueryStatusRequest,
} from './operations/secmerchant-query-status';
import {
  spotRefund,
  type SpotRefundAnswer,
  type SpotRefundRequest,
} from './operations/spot-refund';
import { type Outcome } from './outcome';

export interface AlipayClientOptions {
  readonly gatewayUrl: string;
  /** Tried when the first cannot be reached at all; never after a byte has left for the first. */
  readonly backupGatewayUrl?: string | undefined;
  readonly partnerId: string;
  readonly signer: Signer;
  readonly verifier: Verifier;
  /** Other keys for single services, by full service name, where a contract restricts them. */
  readonly byService?: Readonly<Record<string, ServiceKeys>> | undefined;
  readonly now?: (() => Date) | undefined;
  /** The host's own connections, for instance a proxy. The host closes it. */
  readonly dispatcher?: Dispatcher | undefined;
  /** From the call to the whole answer, both addresses together. */
  readonly timeoutMs?: number | undefined;
  /** For each address: from the call to a connection. */
  readonly connectTimeoutMs?: number | undefined;
  readonly answerBytesMax?: number | undefined;
  /** Gives up every call, for instance when the host stops. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of every call, and is waited for. Its failure becomes a warning of the process. */
  readonly onCall?: ((report: GatewayCallReport) => void | Promise<void>) | undefined;
}

/** One operation: one attempt, and what came of it. */
export type Call<Request, Answer> = (
  request: Request,
  options?: CallOptions,
) => Promise<Outcome<Answer>>;

export interface AlipayClient {
  readonly partnerId: string;
  /** As it was given, or the default: nothing of a call is under way any more after that. */
  readonly timeoutMs?: number;
  readonly qrcodeCreate: Call<QrcodeCreateRequest, QrcodeCreateAnswer>;
  readonly qrcodeModify: Call<QrcodeModifyRequest, QrcodeModifyAnswer>;
  readonly qrcodeModifyStatus: Call<QrcodeModifyStatusRequest, QrcodeModifyStatusAnswer>;
  readonly spotRefund: Call<SpotRefundRequest, SpotRefundAnswer>;
  readonly overseasQuery: Call<OverseasQueryRequest, OverseasQueryAnswer>;
  readonly acquireCancel: Call<AcquireCancelRequest, AcquireCancelAnswer>;
  readonly refundQuery: Call<RefundQueryRequest, RefundQueryAnswer>;
  readonly secmerchantOfflineMaintain: Call<
    SecmerchantOfflineMaintainRequest,
    SecmerchantOfflineMaintainAnswer
  >;
  readonly secmerchantQueryStatus: Call<
    SecmerchantQueryStatusRequest,
    SecmerchantQueryStatusAnswer
  >;
  /** Neither the question nor the answer is signed: never let money hang on it alone. */
  readonly notifyVerify: Call<NotifyVerifyRequest, NotifyVerifyAnswer>;
  /** Closes the connections the client opened, after the calls under way. */
  readonly close: () => Promise<void>;
}

/** Those that are signed, by full name: single ones can have keys of their own. */
export const SIGNED_SERVICES: readonly string[] = [
  acquireCancel,
  overseasQuery,
  qrcodeCreate,
  qrcodeModify,
  qrcodeModifyStatus,
  refundQuery,
  secmerchantOfflineMaintain,
  secmerchantQueryStatus,
  spotRefund,
].map(({ service }) => service);

const gatewayTimeoutMs = 10_000;
const gatewayConnectTimeoutMs = 3_000; // what Alipay's own SDK waits
const gatewayAnswerBytesMax = 256 * 1024; // an answer takes about one kilobyte
const gatewayConnectionsMax = 64;

/** Alipay's services for one partner. Each operation makes one attempt and answers an Outcome. */
export function createAlipayClient(options: AlipayClientOptions): AlipayClient {
  const timeoutMs = options.timeoutMs ?? gatewayTimeoutMs;
  // Half of it at most, so that a silent address leaves time for the backup.
  const connectTimeoutMs =
    options.connectTimeoutMs ?? Math.min(gatewayConnectTimeoutMs, Math.ceil(timeoutMs / 2));
  const dispatcher = options.dispatcher ?? openAgent(connectTimeoutMs);
  const gateway: Gateway = {
    gatewayUrl: options.gatewayUrl,
    backupGatewayUrl: options.backupGatewayUrl,
    partnerId: options.partnerId,
    keys: { signer: options.signer, verifier: options.verifier },
    keysByService: options.byService ?? {},
    now: options.now ?? (() => new Date()),
    dispatcher,
    timeoutMs,
    connectTimeoutMs,
    answerBytesMax: options.answerBytesMax ?? gatewayAnswerBytesMax,
    signal: options.signal,
    onCall: options.onCall,
  };
  const via =
    <Request, Answer>(operation: Operation<Request, Answer>): Call<Request, Answer> =>
    (request, callOptions) =>
      callGateway(gateway, operation, request, callOptions);

  let closing: Promise<void> | undefined;
  return {
    partnerId: options.partnerId,
    timeoutMs,
    qrcodeCreate: via(qrcodeCreate),
    qrcodeModify: via(qrcodeModify),
    qrcodeModifyStatus: via(qrcodeModifyStatus),
    spotRefund: via(spotRefund),
    overseasQuery: via(overseasQuery),
    acquireCancel: via(acquireCancel),
    refundQuery: via(refundQuery),
    secmerchantOfflineMaintain: via(secmerchantOfflineMaintain),
    secmerchantQueryStatus: via(secmerchantQueryStatus),
    notifyVerify: (request, callOptions) => notifyVerify(gateway, request, callOptions),
    close: async () => {
      if (options.dispatcher === undefined) await (closing ??= dispatcher.close());
    },
  };
}

/** Kept-alive connections; one request at a time on each, so that no request shares another's fate. */
function openAgent(connectTimeoutMs: number): Agent {
  return new Agent({
    connections: gatewayConnectionsMax,
    pipelining: 1,
    connect: { timeout: connectTimeoutMs },
  });
}
