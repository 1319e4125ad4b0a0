import { type Fields } from '@countersign/alipay-protocol';

import { type Gateway, type GatewayCallReport } from './gateway';
import { maskFields, maskNotificationTokens } from './masking';
import { type Outcome, unknown } from './outcome';

export interface Attempt<Answer> {
  readonly outcome: Outcome<Answer>;
  /** Undefined when nothing came back that can be believed. */
  readonly response?: Fields;
  readonly clockSkewMs?: number | undefined;
}

/** Our clock against the other side's, at the moment of its answer. */
export function clockSkewMs(now: Date, date: string | undefined): number | undefined {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? undefined : now.getTime() - theirs;
}

/** Makes one attempt, whose every failure is an unknown outcome, and tells the host of it. */
export async function reportedCall<Answer>(
  gateway: Gateway,
  call: { readonly service: string; readonly startedAt: Date; readonly fields: Fields },
  work: () => Promise<Attempt<Answer>>,
): Promise<Outcome<Answer>> {
  const startedTick = performance.now();
  const { outcome, response, clockSkewMs: skew } = await attempt(work);
  await report(gateway, {
    service: call.service,
    startedAt: call.startedAt,
    durationMs: Math.round(performance.now() - startedTick),
    request: maskFields(call.fields),
    response: response && maskFields(response),
    ...reportedOutcome(outcome),
    ...(skew === undefined ? {} : { clockSkewMs: skew }),
  });
  return outcome;
}

async function attempt<Answer>(call: () => Promise<Attempt<Answer>>): Promise<Attempt<Answer>> {
  try {
    return await call();
  } catch (cause) {
    return { outcome: unknown(cause) };
  }
}

/** How a call came out, as its report tells it. */
function reportedOutcome(
  outcome: Outcome<unknown>,
): Pick<GatewayCallReport, 'outcome' | 'alipayCode' | 'cause'> {
  switch (outcome.kind) {
    case 'SUCCEEDED':
      return { outcome: outcome.kind };
    case 'REJECTED':
      return { outcome: outcome.kind, alipayCode: outcome.alipayCode };
    case 'UNKNOWN':
      return {
        outcome: outcome.kind,
        cause: describeCause(outcome.cause),
        ...(outcome.alipayCode === undefined ? {} : { alipayCode: outcome.alipayCode }),
      };
  }
}

const causeLengthMax = 300;

function describeCause(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  // Whole characters: a half of one could not be kept, and the record with it.
  return Array.from(maskNotificationTokens(text)).slice(0, causeLengthMax).join('');
}

/** A record that cannot be kept must not change what Alipay said, and must not vanish either. */
async function report(gateway: Gateway, call: GatewayCallReport): Promise<void> {
  try {
    await gateway.onCall?.(call);
  } catch (error) {
    process.emitWarning(
      `the record of a call to ${call.service} was not kept: ${describeCause(error)}`,
      { code: 'ALIPAY_CALL_NOT_RECORDED' },
    );
  }
}
