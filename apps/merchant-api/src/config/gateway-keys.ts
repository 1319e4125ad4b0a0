import {
  AlipayProtocolError,
  createSigner,
  createVerifier,
  type Signer,
  type SignType,
  type Verifier,
} from '@countersign/alipay-protocol';
import { type ServiceKeys, SIGNED_SERVICES } from '@countersign/alipay-services';

import { type GatewayConfig } from '../config';
import { type Settings } from './settings';

const SIGN_TYPES: readonly SignType[] = ['MD5', 'RSA', 'RSA2'];

type GatewayKeys = Pick<
  GatewayConfig,
  'keys' | 'keysByService' | 'notifyVerifier' | 'notifySignType'
>;

/** The keys of every sign type in use, each read and checked once. */
export function readGatewayKeys(settings: Settings): GatewayKeys {
  const signType = readSignType(settings, 'ALIPAY_SIGN_TYPE');
  const notifySignType = readSignType(settings, 'ALIPAY_NOTIFY_SIGN_TYPE');
  const signTypeByService = readSignTypeByService(settings);
  if (signType === undefined && settings.optional('ALIPAY_SIGN_TYPE') === undefined) {
    settings.problem('ALIPAY_SIGN_TYPE is missing');
  }

  const signer = onceForEach((type: SignType) => readSigner(settings, type));
  const verifier = onceForEach((type: SignType) => readVerifier(settings, type));
  const keysOf = (type: SignType | undefined): ServiceKeys => ({
    signer: type === undefined ? NO_SIGNER : signer(type),
    verifier: type === undefined ? NO_VERIFIER : verifier(type),
  });

  return {
    keys: keysOf(signType),
    keysByService: Object.fromEntries(
      Object.entries(signTypeByService).map(([service, type]) => [service, keysOf(type)]),
    ),
    notifyVerifier: keysOf(notifySignType ?? signType).verifier,
    notifySignType,
  };
}

function readSignType(settings: Settings, name: string): SignType | undefined {
  return settings.optional(name) === undefined ? undefined : settings.oneOf(name, SIGN_TYPES);
}

function onceForEach<Kind, Made>(make: (kind: Kind) => Made): (kind: Kind) => Made {
  const made = new Map<Kind, Made>();
  return (kind) => {
    const known = made.get(kind) ?? make(kind);
    made.set(kind, known);
    return known;
  };
}

/** `alipay.commerce.qrcode.modify=MD5`, several parted by commas. */
function readSignTypeByService(settings: Settings): Record<string, SignType> {
  const entries: [string, SignType][] = [];
  for (const item of settings.list('ALIPAY_SIGN_TYPE_BY_SERVICE') ?? []) {
    const [service = '', word] = item.split('=').map((part) => part.trim());
    const signType = SIGN_TYPES.find((type) => type === word);
    if (!/^alipay\.[a-z.]+$/i.test(service) || signType === undefined) {
      settings.problem(
        'ALIPAY_SIGN_TYPE_BY_SERVICE is not of the form alipay.commerce.qrcode.modify=MD5, several parted by commas',
      );
    } else if (!SIGNED_SERVICES.includes(service)) {
      settings.problem(
        `ALIPAY_SIGN_TYPE_BY_SERVICE names ${service}, which is none of ${SIGNED_SERVICES.join(', ')}`,
      );
    } else {
      entries.push([service, signType]);
    }
  }
  return Object.fromEntries(entries);
}

function readSigner(settings: Settings, signType: SignType): Signer {
  const create = (name: string, of: (key: string) => Signer): Signer =>
    withKey(settings, name, of) ?? NO_SIGNER;
  return signType === 'MD5'
    ? create('ALIPAY_MD5_KEY', (md5Key) => createSigner({ signType, md5Key }))
    : create('ALIPAY_PRIVATE_KEY', (privateKey) => createSigner({ signType, privateKey }));
}

/** The key of before a rotation counts too; each is tried alone, so that a wrong one is told by name. */
function readVerifier(settings: Settings, signType: SignType): Verifier {
  const [name, of] =
    signType === 'MD5'
      ? (['MD5_KEY', (md5Key: string) => createVerifier({ signType, md5Key })] as const)
      : (['PUBLIC_KEY', (publicKey: string) => createVerifier({ signType, publicKey })] as const);
  const current = withKey(settings, `ALIPAY_${name}`, of) ?? NO_VERIFIER;
  if (settings.secret(`ALIPAY_PREVIOUS_${name}`) === undefined) return current;

  const previous = withKey(settings, `ALIPAY_PREVIOUS_${name}`, of) ?? NO_VERIFIER;
  return {
    ...current,
    verify: (bytes, signature) =>
      current.verify(bytes, signature) || previous.verify(bytes, signature),
  };
}

function withKey<Made>(
  settings: Settings,
  name: string,
  create: (key: string) => Made,
): Made | undefined {
  const key = settings.secret(name);
  if (key === undefined) {
    settings.problem(`${name} is missing`);
    return undefined;
  }
  try {
    return create(key);
  } catch (error) {
    if (!(error instanceof AlipayProtocolError)) throw error;
    settings.problem(`${name} cannot be used: ${error.message}`);
    return undefined;
  }
}

/** Stand in where a problem was found, until all problems are told; they sign and accept nothing. */
const NO_SIGNER: Signer = {
  signType: 'MD5',
  charset: 'UTF-8',
  sign: () => {
    throw new Error('no key was configured');
  },
};
const NO_VERIFIER: Verifier = { signType: 'MD5', verify: () => false };
