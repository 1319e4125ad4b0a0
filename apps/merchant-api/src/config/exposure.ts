import { BlockList, isIP } from 'node:net';

import { type TrustedProxies } from '../http/client-address';
import { type Settings } from './settings';

/** How the API stands to the network around it. */
export interface Exposure {
  /** Pages of these origins may use the API from a browser; none by default. */
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: TrustedProxies;
  readonly limits: ExposureLimits;
}

export interface ExposureLimits {
  /** Requests and operations of one caller, over all processes. */
  readonly requestsPerMinute: number;
  /** Requests without a good token from one address, over all processes. */
  readonly failuresPerMinute: number;
  /** WebSockets and event streams of one caller at a time, in this process. */
  readonly connectionsPerCaller: number;
  /** Connections of everybody at a time, in this process. */
  readonly connectionsMax: number;
}

/** Two hundred a second: a chain of shops with one key for all of its tills does not notice it. */
const REQUESTS_PER_MINUTE = 12_000;
const FAILURES_PER_MINUTE = 300;
const CONNECTIONS_PER_CALLER = 1_000;
const CONNECTIONS_MAX = 20_000;

const MOST_A_MINUTE = 10_000_000;
const MOST_CONNECTIONS = 1_000_000;
const HOPS_MAX = 10;

export function readExposure(settings: Settings): Exposure {
  const count = (name: string, usual: number, max: number): number =>
    settings.integer(name, { default: usual, min: 1, max });
  return {
    corsOrigins: readOrigins(settings),
    trustedProxies: readProxies(settings),
    limits: {
      requestsPerMinute: count('RATE_LIMIT_PER_MINUTE', REQUESTS_PER_MINUTE, MOST_A_MINUTE),
      failuresPerMinute: count(
        'RATE_LIMIT_FAILURES_PER_MINUTE',
        FAILURES_PER_MINUTE,
        MOST_A_MINUTE,
      ),
      connectionsPerCaller: count(
        'CONNECTIONS_PER_CALLER',
        CONNECTIONS_PER_CALLER,
        MOST_CONNECTIONS,
      ),
      connectionsMax: count('CONNECTIONS_MAX', CONNECTIONS_MAX, MOST_CONNECTIONS),
    },
  };
}

/** As a browser spells them, so that comparing is enough; no pattern, and nobody's `*`. */
function readOrigins(settings: Settings): readonly string[] {
  const origins = settings.list('CORS_ORIGINS') ?? [];
  if (!origins.every(isOrigin)) {
    settings.problem(
      'CORS_ORIGINS are exact origins like https://till.example, parted by commas: no path, no *',
    );
  }
  return origins;
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function readProxies(settings: Settings): TrustedProxies {
  const text = settings.optional('TRUST_PROXY');
  if (text === undefined) return { hops: 0 };
  if (/^\d+$/.test(text)) return { hops: settings.integer('TRUST_PROXY', HOPS) };

  const networks = new BlockList();
  for (const network of settings.list('TRUST_PROXY') ?? []) {
    if (!addNetwork(networks, network)) {
      settings.problem(
        `TRUST_PROXY is a number of proxies (0 to ${HOPS_MAX}), or their networks like 10.0.0.0/8, parted by commas`,
      );
    }
  }
  return { networks };
}

const HOPS = { default: 0, min: 0, max: HOPS_MAX };

function addNetwork(networks: BlockList, text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) {
    return false;
  }
  const length = prefix === undefined ? bits : Number(prefix);
  if (length > bits) return false;
  networks.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  return true;
}
