import { type AccessConfig } from '../access/open-access';
import { type IdentityProvider } from '../access/identity-provider';
import { isTrustedHost, readHosts } from './gateway-trust';
import { type Settings } from './settings';

const PROVIDER_NAMES = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const;
const HELPER_NAMES = [
  'AUTH_ALGORITHMS',
  'AUTH_ROLE_CLAIM',
  'AUTH_STORES_CLAIM',
  'AUTH_REFUND_LIMIT_CLAIM',
] as const;
/** Those whose checking key can be public. With HS256 whoever can check a token can make one. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const USUAL_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** The ways to know a caller that stand in the configuration; keys stand in the database. */
export function readAccess(settings: Settings): AccessConfig {
  return { demoToken: readDemoToken(settings), identityProvider: readProvider(settings) };
}

export function trustedHosts(settings: Settings): readonly string[] {
  return readHosts(settings.list('ALIPAY_TRUSTED_HOSTS') ?? []);
}

/** All three or none: a token that is not known to be for us opens nothing. */
function readProvider(settings: Settings): IdentityProvider | null {
  const isGiven = (name: string): boolean => settings.optional(name) !== undefined;
  if (!PROVIDER_NAMES.some(isGiven)) {
    for (const name of HELPER_NAMES.filter(isGiven)) {
      settings.problem(`${name} is set, but AUTH_JWKS_URL is not`);
    }
    return null;
  }
  const jwksUrl = settings.url('AUTH_JWKS_URL', ['http:', 'https:']);
  if (jwksUrl.startsWith('http:') && !isTrustedHost(jwksUrl, trustedHosts(settings))) {
    settings.problem(
      'AUTH_JWKS_URL must begin with https, because its host is neither loopback nor in ALIPAY_TRUSTED_HOSTS',
    );
  }
  const issuer = settings.required('AUTH_ISSUER');
  settings.required('AUTH_AUDIENCE');
  return {
    jwksUrl,
    issuer,
    audiences: settings.list('AUTH_AUDIENCE') ?? [],
    algorithms: readAlgorithms(settings),
    claims: {
      role: settings.optional('AUTH_ROLE_CLAIM') ?? 'role',
      stores: settings.optional('AUTH_STORES_CLAIM') ?? 'stores',
      refundLimit: settings.optional('AUTH_REFUND_LIMIT_CLAIM') ?? 'refund_limit',
    },
  };
}

function readAlgorithms(settings: Settings): readonly string[] {
  const algorithms = settings.list('AUTH_ALGORITHMS') ?? USUAL_ALGORITHMS;
  if (algorithms.length === 0 || !algorithms.every((name) => ALGORITHMS.includes(name))) {
    settings.problem(`AUTH_ALGORITHMS are some of ${ALGORITHMS.join(', ')}, parted by commas`);
  }
  return algorithms;
}

/** The demo's token, which stands for an owner, opens nothing that moves real money. */
function readDemoToken(settings: Settings): string {
  const token = settings.optional('AUTH_DEMO_TOKEN') ?? '';
  if (token !== '' && !/^[\x21-\x7e]+$/.test(token)) {
    settings.problem('AUTH_DEMO_TOKEN holds blanks or characters that no header carries');
  }
  for (const name of ['ALIPAY_GATEWAY_URL', 'ALIPAY_GATEWAY_BACKUP_URL']) {
    const url = settings.optional(name);
    if (token === '' || url === undefined || isTrustedHost(url, trustedHosts(settings))) continue;
    settings.problem(
      `AUTH_DEMO_TOKEN is for the demo only, and the host of ${name} is neither loopback nor in ALIPAY_TRUSTED_HOSTS`,
    );
  }
  return token;
}
