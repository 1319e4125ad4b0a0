import {
  createLog,
  type MerchantApi,
  readConfig,
  startMerchantApi,
} from '@countersign/merchant-api';
import { findFreePort, type LeakWatch } from '@countersign/postgres';

import { type ApiProcess, startApiProcess } from './api-process';
import { merchantEnvironment, TOKEN } from './keys';

/** One of several that share a database. It keeps its port when it is started again. */
export interface Replica {
  readonly role: 'api' | 'worker';
  readonly port: number;
  start(): Promise<void>;
  /** As on SIGTERM. */
  stop(): Promise<void>;
  /** SIGKILL; only one in a process of its own can be killed. */
  kill(): Promise<void>;
}

export interface ReplicaOptions {
  readonly role: 'api' | 'worker';
  /** `apart`: in a process of its own, as it runs for real; `here`, it starts in no time. */
  readonly where: 'here' | 'apart';
  readonly env: Readonly<Record<string, string>>;
  readonly watch: LeakWatch;
}

/** Eight of the proxy's checks. */
const DRAIN_MS = '800';

export async function makeReplica({ role, where, env, watch }: ReplicaOptions): Promise<Replica> {
  const port = await findFreePort();
  const environment = {
    ROLE: role,
    PORT: `${port}`,
    DRAIN_MS,
    GATEWAY_TIMEOUT_MS: '1000',
    AUTH_DEMO_TOKEN: TOKEN,
    LOG_LEVEL: 'warn',
    ...merchantEnvironment('RSA2'),
    ...env,
  };
  return where === 'here' ? here(role, port, environment, watch) : apart(role, port, environment);
}

function here(
  role: Replica['role'],
  port: number,
  env: Readonly<Record<string, string>>,
  watch: LeakWatch,
): Replica {
  let api: MerchantApi | undefined;
  const log = createLog('warn', {
    write: (line) => {
      watch.printed(line);
      if (process.env['E2E_LOG'] !== undefined) process.stderr.write(line);
    },
  });
  return {
    role,
    port,
    start: async () => {
      watch.watchServer(port);
      api = await startMerchantApi(readConfig(env), log);
    },
    stop: async () => {
      await api?.close();
      api = undefined;
    },
    kill: () => Promise.reject(new Error('This one runs within the test, and cannot be killed.')),
  };
}

function apart(
  role: Replica['role'],
  port: number,
  env: Readonly<Record<string, string>>,
): Replica {
  let api: ApiProcess | undefined;
  return {
    role,
    port,
    start: async () => {
      api = await startApiProcess({ env });
    },
    stop: async () => {
      await api?.stop();
    },
    kill: async () => {
      await api?.kill();
    },
  };
}
