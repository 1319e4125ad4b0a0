import { createAlipayClient, type GatewayCallReport } from '@countersign/alipay-services';

import { adviceOn, MADE_UP_TRADE } from '../../alipay-watch';
import { type Config } from '../../config';
import { reasonOf } from '../command-stopped';
import { doubtful, type Finding, good, wrong } from './finding';

const skewAllowedMs = 60_000;
/** From here on Alipay refuses what carries a timestamp. */
const skewRefusedMs = 30 * 60_000;

/** One signed question about a payment that does not exist: its answer shows all that matters. */
export async function checkGateway({ gateway }: Config, now: () => Date): Promise<Finding[]> {
  let report: GatewayCallReport | undefined;
  const alipay = createAlipayClient({
    gatewayUrl: gateway.url,
    backupGatewayUrl: gateway.backupUrl,
    partnerId: gateway.partnerId,
    ...gateway.keys,
    byService: gateway.keysByService,
    now,
    timeoutMs: gateway.timeoutMs,
    onCall: (call) => {
      report = call;
    },
  });
  try {
    const outcome = await alipay.overseasQuery({ partnerTransId: MADE_UP_TRADE });
    const advice = adviceOn(outcome);
    const code = outcome.kind === 'SUCCEEDED' ? undefined : outcome.alipayCode;
    const said = code ?? (outcome.kind === 'UNKNOWN' ? reasonOf(outcome.cause) : 'an answer');
    return [
      advice === undefined
        ? good('gateway', `it knows us, and its answers verify (${said}, as expected)`)
        : wrong('gateway', `it does not take our calls: ${said}`, advice),
      ...clockFindings(report?.clockSkewMs),
    ];
  } finally {
    await alipay.close();
  }
}

function clockFindings(skewMs: number | undefined): Finding[] {
  if (skewMs === undefined) {
    return [
      doubtful(
        'clock',
        'the gateway did not say what time it is',
        'Compare it with a time server.',
      ),
    ];
  }
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const where = `${seconds} s ${skewMs < 0 ? 'behind' : 'ahead of'} the gateway’s`;
  const remedy = 'Let this machine follow a time server.';
  if (Math.abs(skewMs) >= skewRefusedMs) return [wrong('clock', where, remedy)];
  if (Math.abs(skewMs) >= skewAllowedMs) return [doubtful('clock', where, remedy)];
  return [good('clock', where)];
}
