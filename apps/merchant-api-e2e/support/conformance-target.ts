import { readFileSync } from 'node:fs';

import {
  createSigner,
  createVerifier,
  type Signer,
  type Verifier,
} from '@countersign/alipay-protocol';
import { startGatewaySimulator } from '@countersign/gateway-simulator';

import { GATEWAY_KEYS, MERCHANT_KEYS, newKeyPair, PARTNER_ID } from './keys';
import { createSimulatorControl } from './simulator-control';

/** A gateway, and what a merchant needs to ask it. */
export interface ConformanceTarget {
  readonly gatewayUrl: string;
  readonly partnerId: string;
  readonly signer: Signer;
  readonly verifier: Verifier;
  /** Signs what the gateway must refuse. */
  readonly strangersSigner: Signer;
  /** A payment of a customer to this code; null where no customer is at hand. */
  pay(qrcode: string): Promise<{ partnerTransId: string; minor: bigint; currency: string } | null>;
  close(): Promise<void>;
}

/** Our own gateway, where a customer is always at hand. */
export async function openSimulator(): Promise<ConformanceTarget> {
  const simulator = await startGatewaySimulator({ partnerId: PARTNER_ID, ...GATEWAY_KEYS });
  const control = createSimulatorControl(() => simulator.controlUrl);
  return {
    gatewayUrl: simulator.gatewayUrl,
    partnerId: PARTNER_ID,
    signer: createSigner({ signType: 'RSA2', privateKey: MERCHANT_KEYS.privateKey }),
    verifier: createVerifier({ signType: 'RSA2', publicKey: MERCHANT_KEYS.alipayPublicKey }),
    strangersSigner: createSigner({ signType: 'RSA2', privateKey: newKeyPair().privateKey }),
    pay: async (qrcode) => {
      const { out_trade_no } = await control.pay({ qrcode, amount: '12.50' });
      return { partnerTransId: out_trade_no, minor: 1250n, currency: 'HKD' };
    },
    close: () => simulator.close(),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a gateway of Alipay's own is named; nothing but an explicit word leads there. */
export function isLiveNamed(env: Environment): boolean {
  return (env['CONFORMANCE_GATEWAY_URL'] ?? '') !== '';
}

/**
 * Alipay's sandbox, with the keys of the `ALIPAY_…` variables. A person pays there: with
 * `CONFORMANCE_PAID=<partner_trans_id>:<minor units>:<currency>` what moves money is tried, too.
 */
export function openLive(env: Environment): ConformanceTarget {
  const named = (name: string): string => {
    const file = env[`${name}_FILE`];
    const value = file === undefined ? env[name] : readFileSync(file, 'utf8');
    if (value === undefined || value === '') throw new Error(`${name} is missing.`);
    return value;
  };
  const signType = named('ALIPAY_SIGN_TYPE');
  const [partnerTransId, minor, currency] = (env['CONFORMANCE_PAID'] ?? '').split(':');
  const keys =
    signType === 'MD5'
      ? {
          signer: createSigner({ signType, md5Key: named('ALIPAY_MD5_KEY') }),
          verifier: createVerifier({ signType, md5Key: named('ALIPAY_MD5_KEY') }),
          strangersSigner: createSigner({ signType, md5Key: '0123456789abcdef0123456789abcdef' }),
        }
      : rsaKeys(signType === 'RSA' ? 'RSA' : 'RSA2', named);
  return {
    gatewayUrl: named('CONFORMANCE_GATEWAY_URL'),
    partnerId: named('ALIPAY_PARTNER_ID'),
    ...keys,
    pay: () =>
      Promise.resolve(
        partnerTransId === undefined || minor === undefined || currency === undefined
          ? null
          : { partnerTransId, minor: BigInt(minor), currency },
      ),
    close: () => Promise.resolve(),
  };
}

function rsaKeys(
  signType: 'RSA' | 'RSA2',
  named: (name: string) => string,
): Pick<ConformanceTarget, 'signer' | 'verifier' | 'strangersSigner'> {
  return {
    signer: createSigner({ signType, privateKey: named('ALIPAY_PRIVATE_KEY') }),
    verifier: createVerifier({ signType, publicKey: named('ALIPAY_PUBLIC_KEY') }),
    strangersSigner: createSigner({ signType, privateKey: newKeyPair().privateKey }),
  };
}
