import { type Outcome, type OverseasQueryAnswer } from '@countersign/alipay-services';

import { type Domain } from '../domain';
import { asOutcome } from '../gateway-call/as-outcome';

/** Asks Alipay for the state of a trade, by whichever of its numbers are known (PROTOCOL.md §6.2). */
export async function queryTrade(
  domain: Domain,
  {
    partnerTransId,
    alipayTransId,
  }: {
    readonly partnerTransId?: string | null | undefined;
    readonly alipayTransId?: string | null | undefined;
  },
): Promise<Outcome<OverseasQueryAnswer>> {
  return asOutcome(() =>
    domain.alipay.overseasQuery({
      ...(partnerTransId ? { partnerTransId } : {}),
      ...(alipayTransId ? { alipayTransId } : {}),
    }),
  );
}
