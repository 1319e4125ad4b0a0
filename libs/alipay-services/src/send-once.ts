import { type EncodedRequest } from '@countersign/alipay-protocol';

import { AlipayServiceError } from './errors';
import { type CallOptions, type Gateway } from './gateway';
import { type HttpAnswer, postForm } from './post-form';

/**
 * The backup address is for a gateway that cannot be reached. Once a byte has left for the first
 * address the second is never tried: the first may have acted (decision 7).
 */
export async function sendOnce(
  gateway: Gateway,
  encoded: EncodedRequest,
  encode: (gatewayUrl: string) => EncodedRequest,
  { signal }: CallOptions,
): Promise<HttpAnswer> {
  const startedTick = performance.now();
  const limits = {
    ...gateway,
    signals: [gateway.signal, signal].filter((one) => one !== undefined),
  };
  try {
    return await postForm(gateway.dispatcher, encoded, limits);
  } catch (error) {
    const timeoutMs = gateway.timeoutMs - (performance.now() - startedTick);
    const mayMove = error instanceof AlipayServiceError && error.code === 'ALIPAY_UNREACHABLE';
    if (!mayMove || gateway.backupGatewayUrl === undefined || timeoutMs < 1) throw error;

    return postForm(gateway.dispatcher, encode(gateway.backupGatewayUrl), {
      ...limits,
      timeoutMs: Math.floor(timeoutMs),
    });
  }
}
