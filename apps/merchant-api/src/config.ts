import { readFileSync } from 'node:fs';

import { Secret, type SignType, type Verifier } from '@countersign/alipay-protocol';
import { type ServiceKeys } from '@countersign/alipay-services';
import { type StatementServerOptions } from '@countersign/alipay-services/sftp';

import { type AccessConfig } from './access/open-access';
import { readAccess, trustedHosts } from './config/access';
import { type Exposure, readExposure } from './config/exposure';
import { isTrustedHost } from './config/gateway-trust';
import { readGatewayKeys } from './config/gateway-keys';
import { readScaling, type ScalingConfig } from './config/scaling';
import { createSettings, type Environment, type Settings } from './config/settings';
import { operationTimeoutDefaultMs } from './graphql/limits/operation-allowance';
import { isLogLevel, type LogLevel } from './log';

export type ApiRole = 'all' | 'api' | 'worker';

/** Everything the API was told, checked. */
export interface Config extends AccessConfig, ScalingConfig {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Where Alipay reaches this API from outside; the server's own address when left out. */
  readonly publicUrl: string | undefined;
  readonly databaseUrl: string;
  readonly gateway: GatewayConfig;
  /** Alipay's file server; null when statements are imported by hand. */
  readonly statementServer: StatementServerOptions | null;
  readonly exposure: Exposure;
  /** How long one operation may take; what has begun to move money is never cut. */
  readonly operationTimeoutMs: number;
  /** How long it goes on answering after it was told to stop, so that a proxy takes it out first. */
  readonly drainMs: number;
  readonly role: ApiRole;
  readonly logLevel: LogLevel;
}

export interface GatewayConfig {
  readonly url: string;
  readonly backupUrl: string | undefined;
  readonly partnerId: string;
  readonly sellerIds: readonly string[];
  readonly keys: ServiceKeys;
  readonly keysByService: Readonly<Record<string, ServiceKeys>>;
  readonly notifyVerifier: Verifier;
  /** Told to Alipay only when it was configured. */
  readonly notifySignType: SignType | undefined;
  readonly timeoutMs: number;
}

const PORT_DEFAULT = 4_000;
const GATEWAY_TIMEOUT_DEFAULT_MS = 10_000;
const ROLES: readonly ApiRole[] = ['all', 'api', 'worker'];

/** The configuration, or every problem with it in one error, which holds no key. */
export function readConfig(
  env: Environment,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const settings = createSettings(env, readFile);
  const config = {
    host: settings.optional('HOST') ?? '127.0.0.1',
    port: settings.integer('PORT', { default: PORT_DEFAULT, min: 0, max: 65_535 }),
    publicUrl: readPublicUrl(settings),
    databaseUrl: settings.url('DATABASE_URL', ['postgres:', 'postgresql:']),
    ...readScaling(settings),
    gateway: readGateway(settings),
    statementServer: readStatementServer(settings),
    ...readAccess(settings),
    exposure: readExposure(settings),
    operationTimeoutMs: settings.integer('OPERATION_TIMEOUT_MS', {
      default: operationTimeoutDefaultMs,
      min: 100,
      max: 120_000,
    }),
    drainMs: settings.integer('DRAIN_MS', { default: 0, min: 0, max: 600_000 }),
    role: settings.oneOf('ROLE', ROLES, 'all'),
    logLevel: readLogLevel(settings),
  };
  if (config.role === 'worker' && config.publicUrl === undefined) {
    settings.problem(
      'PUBLIC_URL is missing: a worker repeats calls that tell Alipay where to notify, and is not there itself',
    );
  }
  if (settings.problems.length > 0) {
    throw new Error(`Cannot start: ${settings.problems.join('; ')}.`);
  }
  return config;
}

/** All three or none: a server whose key is not pinned could be anybody's. */
function readStatementServer(settings: Settings): StatementServerOptions | null {
  if (settings.optional('ALIPAY_SFTP_URL') === undefined) return null;
  const url = settings.url('ALIPAY_SFTP_URL', ['sftp:']);
  if (URL.canParse(url) && new URL(url).username === '') {
    settings.problem('ALIPAY_SFTP_URL lacks the user: write it like sftp://user@host/folder');
  }
  return {
    url,
    password: new Secret(readSftpPassword(settings)),
    hostKey: readHostKey(settings),
  };
}

function readSftpPassword(settings: Settings): string {
  const password = settings.secret('ALIPAY_SFTP_PASSWORD');
  if (password === undefined) settings.problem('ALIPAY_SFTP_PASSWORD is missing');
  return password ?? '';
}

function readHostKey(settings: Settings): string {
  const hostKey = settings.required('ALIPAY_SFTP_HOST_KEY');
  if (
    hostKey !== '' &&
    !/^(?:SHA256:[A-Za-z0-9+/]{43}=?|ssh-\S+ [A-Za-z0-9+/]+=*.*|ecdsa-\S+ .+)$/.test(hostKey)
  ) {
    settings.problem(
      'ALIPAY_SFTP_HOST_KEY is no host key: write SHA256:… as ssh-keygen -l prints it, or the line of ssh-keyscan without the host',
    );
  }
  return hostKey;
}

function readPublicUrl(settings: Settings): string | undefined {
  if (settings.optional('PUBLIC_URL') === undefined) return undefined;
  const url = settings.url('PUBLIC_URL', ['http:', 'https:']);
  if (/[?#]/.test(url)) settings.problem('PUBLIC_URL has a query or fragment: leave them out');
  return url.replace(/\/+$/, '');
}

function readGateway(settings: Settings): GatewayConfig {
  const partnerId = settings.required('ALIPAY_PARTNER_ID');
  if (partnerId !== '' && !/^\d{16}$/.test(partnerId)) {
    settings.problem('ALIPAY_PARTNER_ID is no partner id: it has 16 digits and begins with 2088');
  }
  const url = readGatewayUrl(settings, 'ALIPAY_GATEWAY_URL');
  const hasBackup = settings.optional('ALIPAY_GATEWAY_BACKUP_URL') !== undefined;
  return {
    url,
    backupUrl: hasBackup ? readGatewayUrl(settings, 'ALIPAY_GATEWAY_BACKUP_URL') : undefined,
    partnerId,
    sellerIds: settings.list('ALIPAY_SELLER_IDS') ?? [partnerId],
    ...readGatewayKeys(settings),
    timeoutMs: settings.integer('GATEWAY_TIMEOUT_MS', {
      default: GATEWAY_TIMEOUT_DEFAULT_MS,
      min: 100,
      max: 120_000,
    }),
  };
}

/** Money and signatures go over https, except to a gateway of the demo. */
function readGatewayUrl(settings: Settings, name: string): string {
  const url = settings.url(name, ['http:', 'https:']);
  if (url.startsWith('http:') && !isTrustedHost(url, trustedHosts(settings))) {
    settings.problem(
      `${name} must begin with https, because its host is neither loopback nor in ALIPAY_TRUSTED_HOSTS`,
    );
  }
  return url;
}

function readLogLevel(settings: Settings): LogLevel {
  const level = settings.optional('LOG_LEVEL') ?? 'info';
  if (isLogLevel(level)) return level;
  settings.problem('LOG_LEVEL is none of fatal, error, warn, info, debug, trace, silent');
  return 'info';
}
