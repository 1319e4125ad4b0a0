import { type Signer, type Verifier } from '@countersign/alipay-protocol';
import { type Dispatcher } from 'undici';

import { type AlipayCode } from './error-catalogue';
import { type Outcome } from './outcome';

/** Everything a call needs to know about the other side. */
export interface Gateway {
  readonly gatewayUrl: string;
  readonly backupGatewayUrl: string | undefined;
  readonly partnerId: string;
  readonly keys: ServiceKeys;
  readonly keysByService: Readonly<Record<string, ServiceKeys>>;
  readonly now: () => Date;
  readonly dispatcher: Dispatcher;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly answerBytesMax: number;
  readonly signal: AbortSignal | undefined;
  readonly onCall: ((report: GatewayCallReport) => void | Promise<void>) | undefined;
}

export interface ServiceKeys {
  readonly signer: Signer;
  readonly verifier: Verifier;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** One call, as it may be kept and shown: secrets and buyers are masked. */
export interface GatewayCallReport {
  readonly service: string;
  readonly outcome: Outcome<unknown>['kind'];
  readonly alipayCode?: AlipayCode;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly request: Record<string, string>;
  /** Undefined when nothing came back that can be believed. */
  readonly response: Record<string, string> | undefined;
  /** Why the outcome is unknown. */
  readonly cause?: string;
  /**
   * How far our clock is ahead of the other side's `Date` header; negative when it is behind. Good to
   * a second and the time of the answer's way, and unsigned. A timestamp is refused when it is half an
   * hour off (PROTOCOL.md §4.1).
   */
  readonly clockSkewMs?: number;
}
