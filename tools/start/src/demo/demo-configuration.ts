import { given, type Environment, type Values } from '../environment';
import type { DemoKeys } from './demo-keys';
import { publicHalf } from './public-half';
import { sshFingerprint } from './ssh-fingerprint';

export interface DemoFacts {
  readonly env: Environment;
  readonly keys: DemoKeys;
  readonly databaseUrl: string;
  readonly apiPort: number;
  readonly simulatorPort: number;
  readonly sftpPort: number;
  readonly booksFile: string;
  readonly readKeyFile: (path: string) => string;
}

export interface DemoConfiguration {
  readonly api: Values;
  /** Null when the gateway is elsewhere. */
  readonly simulator: Values | null;
  readonly graphqlUrl: string;
  readonly simulatorUrl: string;
  /** Null when the gateway is nobody we trust with it. */
  readonly demoToken: string | null;
}

export const DEMO_PARTNER_ID = '2088000000000001';

const ALIPAY_KEYS = ['ALIPAY_MD5_KEY', 'ALIPAY_PRIVATE_KEY', 'ALIPAY_PUBLIC_KEY'];

/** No simulator for somebody who names a gateway and brings the keys that belong to it. */
export function runsSimulator(env: Environment): boolean {
  const hasKeys = ALIPAY_KEYS.some((name) => has(env, name) || has(env, `${name}_FILE`));
  return !(has(env, 'ALIPAY_GATEWAY_URL') && hasKeys);
}

/** Every value of both programs. What stands in the environment wins over what the demo makes up. */
export function configureDemo(facts: DemoFacts): DemoConfiguration {
  const { env, apiPort, simulatorPort } = facts;
  const host = hostToCall(given(env, 'HOST') ?? '127.0.0.1');
  const simulatorUrl = `http://${host}:${simulatorPort}`;
  const isSimulated = runsSimulator(env);
  const keys = isSimulated ? pairedKeys(facts) : ownKeys(facts);
  const gatewayUrl = given(env, 'ALIPAY_GATEWAY_URL') ?? `${simulatorUrl}/gateway.do`;
  const trustedHosts =
    given(env, 'ALIPAY_TRUSTED_HOSTS') ??
    (has(env, 'ALIPAY_GATEWAY_URL') || isLoopback(host) ? undefined : host);
  const isTrusted = isTrustedGateway(gatewayUrl, trustedHosts);
  const demoToken = given(env, 'AUTH_DEMO_TOKEN') ?? (isTrusted ? facts.keys.demoToken : undefined);
  const api = defined({
    ...namedIn(env, isApiName),
    PORT: String(apiPort),
    HOST: given(env, 'HOST') ?? '127.0.0.1',
    PUBLIC_URL: given(env, 'PUBLIC_URL') ?? `http://${host}:${apiPort}`,
    DATABASE_URL: facts.databaseUrl,
    ALIPAY_GATEWAY_URL: gatewayUrl,
    ALIPAY_TRUSTED_HOSTS: trustedHosts,
    ...keys.api,
    ALIPAY_SIGN_TYPE: given(env, 'ALIPAY_SIGN_TYPE') ?? usualSignType(isSimulated, keys.api),
    AUTH_DEMO_TOKEN: demoToken,
    ...(demoToken === undefined ? {} : demoExposure(env)),
    ...(isSimulated ? statementServer(facts, host) : {}),
  });
  const simulator = defined({
    ...namedIn(env, isSimulatorName),
    HOST: given(env, 'HOST') ?? '127.0.0.1',
    SIMULATOR_PORT: String(simulatorPort),
    SIMULATOR_PUBLIC_URL: given(env, 'SIMULATOR_PUBLIC_URL') ?? simulatorUrl,
    SIMULATOR_BOOKS_FILE: given(env, 'SIMULATOR_BOOKS_FILE') ?? facts.booksFile,
    SIMULATOR_SFTP_PORT: String(facts.sftpPort),
    SIMULATOR_SFTP_PASSWORD: given(env, 'SIMULATOR_SFTP_PASSWORD') ?? facts.keys.demoToken,
    SIMULATOR_TIME_SCALE: given(env, 'SIMULATOR_TIME_SCALE') ?? '60',
    ...keys.simulator,
  });
  return {
    api,
    simulator: isSimulated ? simulator : null,
    graphqlUrl: `http://${hostToShow(host)}:${apiPort}/graphql`,
    simulatorUrl: `http://${hostToShow(host)}:${simulatorPort}`,
    demoToken: isTrusted ? (demoToken ?? null) : null,
  };
}

/** The text of demo.env: one NAME=value a line, for scripts. */
export function formatDemoFile({ api, simulator, ...addresses }: DemoConfiguration): string {
  const { graphqlUrl, simulatorUrl, demoToken } = addresses;
  const { AUTH_DEMO_TOKEN: _, ...configuration } = api;
  const values = {
    ...configuration,
    ...(demoToken === null ? {} : { AUTH_DEMO_TOKEN: demoToken }),
    ...simulator,
    HOST: configuration['HOST'] ?? '127.0.0.1',
    GRAPHQL_URL: graphqlUrl,
    GRAPHQL_WS_URL: graphqlUrl.replace(/^http/, 'ws'),
    ...(simulator === null
      ? {}
      : { SIMULATOR_URL: simulatorUrl, SIMULATOR_CONTROL_URL: `${simulatorUrl}/control` }),
  };
  const lines = Object.entries(values).map(
    ([name, value]) => `${name}=${value.trim().replace(/\r?\n/g, '\\n')}`,
  );
  return `${lines.join('\n')}\n`;
}

/** Both sides of one conversation: what one of them is given, the other has to know. */
function pairedKeys({ env, keys, readKeyFile }: DemoFacts): { api: Loose; simulator: Loose } {
  const key = (name: string): Given => readKey(env, name, readKeyFile);
  const partnerId =
    given(env, 'ALIPAY_PARTNER_ID') ?? given(env, 'SIMULATOR_PARTNER_ID') ?? DEMO_PARTNER_ID;
  const [apiMd5, simulatorMd5] = [key('ALIPAY_MD5_KEY'), key('SIMULATOR_MD5_KEY')];
  const merchantPrivate = key('ALIPAY_PRIVATE_KEY').value ?? keys.merchantPrivateKey;
  const gatewayPrivate = key('SIMULATOR_PRIVATE_KEY').value ?? keys.gatewayPrivateKey;
  return {
    api: {
      ALIPAY_PARTNER_ID: partnerId,
      ...pass(apiMd5, simulatorMd5.value ?? keys.md5Key),
      ...pass(key('ALIPAY_PRIVATE_KEY'), keys.merchantPrivateKey),
      ...pass(key('ALIPAY_PUBLIC_KEY'), publicHalf(gatewayPrivate) ?? undefined),
    },
    simulator: {
      SIMULATOR_PARTNER_ID: given(env, 'SIMULATOR_PARTNER_ID') ?? partnerId,
      ...pass(simulatorMd5, apiMd5.value ?? keys.md5Key),
      ...pass(key('SIMULATOR_PRIVATE_KEY'), keys.gatewayPrivateKey),
      ...pass(key('SIMULATOR_MERCHANT_PUBLIC_KEY'), publicHalf(merchantPrivate) ?? undefined),
    },
  };
}

/** Where the simulator serves its statement files; its signing key is its host key, too. */
function statementServer({ env, keys, sftpPort, readKeyFile }: DemoFacts, host: string): Loose {
  const hostKey = publicHalf(
    readKey(env, 'SIMULATOR_PRIVATE_KEY', readKeyFile).value ?? keys.gatewayPrivateKey,
  );
  if (has(env, 'ALIPAY_SFTP_URL') || has(env, 'SIMULATOR_SFTP_HOST_KEY') || hostKey === null) {
    return {};
  }
  return {
    ALIPAY_SFTP_URL: `sftp://alipay@${host}:${sftpPort}/download`,
    ALIPAY_SFTP_PASSWORD: given(env, 'SIMULATOR_SFTP_PASSWORD') ?? keys.demoToken,
    ALIPAY_SFTP_HOST_KEY: sshFingerprint(hostKey),
  };
}

/** Apollo's Sandbox on its own site, and where the development servers of frontends listen. */
const DEMO_ORIGINS = [
  'https://studio.apollographql.com',
  ...['http://localhost:5173', 'http://127.0.0.1:5173', 'http://localhost:3000'],
].join(',');

/** Those pages may ask, and one token stands for every till that is tried out. */
function demoExposure(env: Environment): Loose {
  return {
    CORS_ORIGINS: given(env, 'CORS_ORIGINS') ?? DEMO_ORIGINS,
    RATE_LIMIT_PER_MINUTE: given(env, 'RATE_LIMIT_PER_MINUTE') ?? '600000',
    RATE_LIMIT_FAILURES_PER_MINUTE: given(env, 'RATE_LIMIT_FAILURES_PER_MINUTE') ?? '6000',
    CONNECTIONS_PER_CALLER: given(env, 'CONNECTIONS_PER_CALLER') ?? '10000',
  };
}

/** With a gateway elsewhere nothing is made up: a missing key is for the API to complain about. */
function ownKeys({ env, readKeyFile }: DemoFacts): { api: Loose; simulator: Loose } {
  const passed = ALIPAY_KEYS.map((name) => pass(readKey(env, name, readKeyFile), undefined));
  return { api: Object.assign({}, ...passed) as Loose, simulator: {} };
}

type Loose = Readonly<Record<string, string | undefined>>;

interface Given {
  readonly name: string;
  readonly value: string | undefined;
  readonly isUnreadable?: true;
}

function readKey(env: Environment, name: string, readKeyFile: (path: string) => string): Given {
  const path = given(env, `${name}_FILE`);
  if (path === undefined || has(env, name)) return { name, value: given(env, name) };
  try {
    return { name, value: readKeyFile(path).trim() };
  } catch {
    return { name, value: undefined, isUnreadable: true }; // the program that needs it says that it cannot be read
  }
}

/** A key on one line under its own name; the file it came from is not named a second time. */
function pass({ name, value, isUnreadable }: Given, otherwise: string | undefined): Loose {
  if (isUnreadable === true) return {};
  return value === undefined
    ? { [name]: otherwise }
    : { [name]: value, [`${name}_FILE`]: undefined };
}

function usualSignType(isSimulated: boolean, api: Loose): string {
  return isSimulated || api['ALIPAY_PRIVATE_KEY'] !== undefined ? 'RSA2' : 'MD5';
}

const API_NAMES = new Set([
  'PORT',
  'HOST',
  'PUBLIC_URL',
  'REDIS_URL',
  'GATEWAY_TIMEOUT_MS',
  'ROLE',
  'CORS_ORIGINS',
  'TRUST_PROXY',
]);
const API_PREFIXES = [
  ...['ALIPAY_', 'AUTH_', 'DATABASE_', 'LOG_LEVEL', 'OTEL_'],
  ...['RATE_LIMIT_', 'CONNECTIONS_'],
];

function isApiName(name: string): boolean {
  return API_NAMES.has(name) || API_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function isSimulatorName(name: string): boolean {
  return name.startsWith('SIMULATOR_');
}

/** Names that belong to one of the two programs, and are not handed to the other. */
export function isConfigurationName(name: string): boolean {
  return isApiName(name) || isSimulatorName(name);
}

function namedIn(env: Environment, isWanted: (name: string) => boolean): Loose {
  return Object.fromEntries(
    Object.keys(env)
      .filter(isWanted)
      .map((name) => [name, given(env, name)]),
  );
}

function defined(values: Loose): Values {
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) present[name] = value;
  }
  return present;
}

function has(env: Environment, name: string): boolean {
  return given(env, name) !== undefined;
}

export function isTrustedGateway(gatewayUrl: string, trustedHosts = ''): boolean {
  if (!URL.canParse(gatewayUrl)) return false; // the API says what is wrong with it
  const { hostname } = new URL(gatewayUrl);
  return isLoopback(hostname) || trustedHosts.split(/[\s,]+/).includes(hostname);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Where a program of this machine reaches one that listens on that address. */
function hostToCall(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function hostToShow(host: string): string {
  return host === '127.0.0.1' ? 'localhost' : host;
}
