import { AlipayProtocolError } from '@countersign/alipay-protocol';
import {
  type AlipayClient,
  type GatewayCallReport,
  type Outcome,
} from '@countersign/alipay-services';
import { type Clock, type DomainLog } from '@countersign/merchant-domain';

import { type Repeated, runRepeatedly } from './workers/run-repeatedly';

/** How our configuration stands with Alipay, as the last call that can tell has shown. */
export interface AlipayState {
  /** UNKNOWN: no call yet, or none that was answered. */
  readonly status: 'OK' | 'MISCONFIGURED' | 'UNREACHABLE' | 'UNKNOWN';
  readonly alipayCode?: string;
  /** What to do about it, for a person. */
  readonly advice?: string;
  readonly since?: string;
}

export interface AlipayWatch {
  readonly state: () => AlipayState;
  /** Hears of every call. */
  readonly heard: (report: GatewayCallReport) => void;
  /** Asks now and, as long as nothing else is heard, from time to time. */
  start(alipay: Pick<AlipayClient, 'overseasQuery'>): Probe;
}

export interface Probe extends Repeated {
  /** Resolves when the first answer is there, or clearly none. */
  readonly asked: Promise<void>;
}

/** Codes by which the gateway says that we, not the payment, are set up wrongly; and what to mend. */
const ADVICE: Readonly<Record<string, string>> = {
  ILLEGAL_SIGN:
    'Our key or sign type is not the one that Alipay has: check ALIPAY_SIGN_TYPE and the keys.',
  ILLEGAL_SIGN_TYPE: 'Alipay does not take this sign type from us: check ALIPAY_SIGN_TYPE.',
  HAS_NO_PUBLICKEY: 'Our public key was not uploaded at Alipay.',
  ILLEGAL_SECURITY_PROFILE: 'Alipay has no key of this sign type of ours: check ALIPAY_SIGN_TYPE.',
  ILLEGAL_DYN_MD5_KEY: 'Our MD5 key is not the one that Alipay has: check ALIPAY_MD5_KEY.',
  ILLEGAL_PARTNER: 'Alipay does not know our partner id: check ALIPAY_PARTNER_ID.',
  ILLEGAL_USER: 'Alipay does not know our partner id: check ALIPAY_PARTNER_ID.',
  ILLEGAL_PARTNER_EXTERFACE: 'Our contract with Alipay does not cover this service.',
  ILLEGAL_EXTERFACE: 'Our contract with Alipay does not cover this service.',
  ILLEGAL_SERVICE: 'Alipay does not know the service: check ALIPAY_GATEWAY_URL.',
  HAS_NO_PRIVILEGE: 'Our account may not use this service: ask Alipay.',
  HASH_NO_PRIVILEGE: 'Our account may not use this service: ask Alipay.',
  ACCESS_FORBIDDEN: 'Alipay does not let us in: ask Alipay.',
  ILLEGAL_CLIENT_IP: 'Alipay does not let our address in: have it registered there.',
  ILLEGAL_EXTER_INVOKE_IP: 'Alipay does not let our address in: have it registered there.',
};
const WRONG_PUBLIC_KEY =
  "Alipay's answers do not verify: check ALIPAY_PUBLIC_KEY (or the MD5 key) and ALIPAY_SIGN_TYPE.";

/** The start waits so long for the first answer, and then goes on without. */
const firstAnswerMs = 500;
const probeEveryMs = 60_000;
/** A gateway that has fallen silent is looked after more often: much may wait for its return. */
const probeWhenSilentMs = 15_000;
/** Shorter than this it was no silence, and the pauses of what waits are short still. */
const silenceMs = 30_000;
/** After a good answer real calls tell enough; only when there are none is one made. */
const probeWhenQuietMs = 30 * 60_000;
/** No trade has this number: a gateway that knows us says so in a signed answer. */
export const MADE_UP_TRADE = 'countersign-readiness-probe';

/** A timestamp is refused when it is half an hour off: there is time to mend the clock. */
const skewToWarnOfMs = 60_000;

/** `onReturn` is called when Alipay answers again after a silence. */
export function createAlipayWatch(
  clock: Clock,
  log: DomainLog,
  onReturn: () => void = () => undefined,
): AlipayWatch {
  let state: AlipayState = { status: 'UNKNOWN' };
  let heardAt = 0;
  let silentSince: number | undefined;
  let isSkewed = false;

  const watchClock = (skewMs: number): void => {
    const wasSkewed = isSkewed;
    isSkewed = Math.abs(skewMs) >= skewToWarnOfMs;
    if (!isSkewed || wasSkewed) return;
    log.warn(
      'our clock is not that of Alipay, which refuses requests when it is half an hour off: set it right',
      { secondsAhead: Math.round(skewMs / 1_000) },
    );
  };
  const become = (next: Omit<AlipayState, 'since'>): void => {
    const hasChanged = state.status !== next.status || state.alipayCode !== next.alipayCode;
    if (!hasChanged) return;
    state = { ...next, since: clock.now().toISOString() };
    if (next.status === 'OK') log.info('Alipay takes our calls');
    else log.error('Alipay does not take our calls', { ...next });
  };
  const hear = (code: string | undefined, isCertain: boolean): void => {
    const advice = code === undefined ? undefined : ADVICE[code];
    if (code !== undefined && advice !== undefined) {
      become({ status: 'MISCONFIGURED', alipayCode: code, advice });
    } else if (isCertain) become({ status: 'OK' });
  };

  return {
    state: () => state,
    heard: ({ outcome, alipayCode, clockSkewMs }) => {
      if (clockSkewMs !== undefined) watchClock(clockSkewMs);
      heardAt = clock.now().getTime();
      hear(alipayCode, outcome !== 'UNKNOWN');
      if (outcome === 'UNKNOWN') silentSince ??= heardAt;
      else {
        const wasSilent = silentSince !== undefined && heardAt - silentSince >= silenceMs;
        silentSince = undefined;
        if (wasSilent) onReturn();
      }
    },
    start: (alipay) => {
      const ask = async (): Promise<void> => {
        const outcome = await alipay.overseasQuery({ partnerTransId: MADE_UP_TRADE });
        if (outcome.kind === 'UNKNOWN') become(whyUnknown(outcome));
      };
      const asked = within(firstAnswerMs, ask());
      const probe = runRepeatedly({
        name: 'Alipay probe',
        everyMs: probeWhenSilentMs,
        log,
        turn: async () => {
          await asked;
          const quietMs = clock.now().getTime() - heardAt;
          const patienceMs = state.status === 'OK' ? probeWhenQuietMs : probeEveryMs;
          if (quietMs >= (silentSince === undefined ? patienceMs : probeWhenSilentMs)) await ask();
        },
      });
      return { ...probe, asked };
    },
  };
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** What to mend, when an outcome shows that the gateway does not take our calls. */
export function adviceOn(outcome: Outcome<unknown>): string | undefined {
  const code = outcome.kind === 'SUCCEEDED' ? undefined : outcome.alipayCode;
  const advice = code === undefined ? undefined : ADVICE[code];
  if (advice !== undefined || outcome.kind !== 'UNKNOWN') return advice;
  return whyUnknown(outcome).advice ?? 'Ask again later; the gateway gave no definite answer.';
}

function whyUnknown({
  cause,
  alipayCode,
}: Extract<Outcome<unknown>, { kind: 'UNKNOWN' }>): AlipayState {
  if (cause instanceof AlipayProtocolError && cause.code.startsWith('ALIPAY_SIGNATURE')) {
    return { status: 'MISCONFIGURED', alipayCode: cause.code, advice: WRONG_PUBLIC_KEY };
  }
  if (alipayCode !== undefined) return { status: 'UNKNOWN', alipayCode };
  return {
    status: 'UNREACHABLE',
    advice: 'The gateway does not answer as it should: check ALIPAY_GATEWAY_URL and the network.',
  };
}
